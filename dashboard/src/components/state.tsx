// What stands where there is nothing to show: not yet, nothing at all, or something went wrong.
import type { ComponentChildren, JSX } from "preact";
import type { Problem } from "../api/problem";
import type { Resource } from "../api/resource";
import { Button, LinkButton } from "./button";
import { Icon, type IconName } from "./icon";
import "./state.css";

export interface EmptyProps {
  readonly icon: IconName;
  readonly title: string;
  /** What would be here, and how it comes to be. */
  readonly children?: ComponentChildren;
  readonly action?: ComponentChildren;
  /** It is all that the page holds. */
  readonly alone?: boolean;
}

export function Empty({ icon, title, children, action, alone = false }: EmptyProps): JSX.Element {
  return (
    <div class="empty">
      <span class="empty-icon">
        <Icon name={icon} size={22} />
      </span>
      {alone ? <h1 tabIndex={-1}>{title}</h1> : <p class="empty-title">{title}</p>}
      {children && <p class="soft">{children}</p>}
      {action && <div class="row">{action}</div>}
    </div>
  );
}

export function Failure({ problem, retry }: { readonly problem: Problem; readonly retry?: () => void }): JSX.Element {
  return (
    <div class="empty failure" role="alert">
      <span class="empty-icon">
        <Icon name={problem.kind === "offline" ? "plug" : "alert"} size={22} />
      </span>
      <p class="empty-title">{titleOf(problem)}</p>
      <p class="soft">{closed(problem) ? "Your role does not go this far. An administrator can change it." : problem.detail}</p>
      <div class="row">
        {problem.status === 404 || closed(problem) ? (
          <LinkButton href="/">Home</LinkButton>
        ) : (
          retry && (
            <Button icon="rotate" onClick={retry}>
              Try again
            </Button>
          )
        )}
      </div>
    </div>
  );
}

/** Asking again would not open it. */
const closed = ({ kind }: Problem): boolean => kind === "forbidden";

function titleOf(problem: Problem): string {
  const { kind, status } = problem;
  if (kind === "offline") return "Nobody answers";
  if (closed(problem)) return "Not for you";
  return status === 404 ? "Not here" : "That did not work";
}

/** Grey lines in the shape of what comes. */
export function Skeleton({ lines = 3, height = "1rem" }: { readonly lines?: number; readonly height?: string }): JSX.Element {
  return (
    <div class="skeleton" role="status">
      <span class="unseen">Loading…</span>
      {Array.from({ length: lines }, (_, index) => (
        <span key={index} class="skeleton-line" style={{ height, width: `${100 - ((index * 17) % 45)}%` }} />
      ))}
    </div>
  );
}

export interface LoadedProps<T> {
  readonly resource: Resource<T>;
  readonly skeleton?: ComponentChildren;
  readonly children: (data: T) => ComponentChildren;
}

/** A resource in whichever state it is: what is known stays on the page while it is asked again. */
export function Loaded<T>({ resource, skeleton, children }: LoadedProps<T>): JSX.Element {
  const { data, problem, reload } = resource;
  if (data !== undefined)
    return (
      <>
        {problem && <Note tone="bad">{problem.detail} What you see is older.</Note>}
        {children(data)}
      </>
    );
  if (problem) return <Failure problem={problem} retry={reload} />;
  return <>{skeleton ?? <Skeleton />}</>;
}

export type Tone = "plain" | "good" | "unsteady" | "bad" | "accent";

/** A sentence that matters, within the page. */
export function Note({ tone = "plain", icon, children, action }: { readonly tone?: Tone; readonly icon?: IconName; readonly children: ComponentChildren; readonly action?: ComponentChildren }): JSX.Element {
  return (
    <div class={`note tone-${tone}`} role={tone === "bad" ? "alert" : undefined}>
      <Icon name={icon ?? (tone === "bad" || tone === "unsteady" ? "alert" : tone === "good" ? "check" : "info")} size={16} />
      <div class="grow">{children}</div>
      {action}
    </div>
  );
}
