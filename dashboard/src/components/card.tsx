import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";
import "./card.css";

export interface CardProps {
  readonly title?: string;
  /** Beside the title: a button, a badge, a number. */
  readonly aside?: ComponentChildren;
  readonly about?: ComponentChildren;
  /** Content to the very edges: tables and lists bring their own room. */
  readonly flush?: boolean;
  readonly children: ComponentChildren;
}

/** A part of a page; with a title it is a region that one can jump to. */
export function Card({ title, aside, about, flush = false, children }: CardProps): JSX.Element {
  const id = useId();
  return (
    <section class={`card${flush ? " flush" : ""}`} aria-labelledby={title && id}>
      {title && (
        <header class="card-head">
          <div class="grow">
            <h2 id={id}>{title}</h2>
            {about && <p class="soft small">{about}</p>}
          </div>
          {aside}
        </header>
      )}
      <div class="card-body">{children}</div>
    </section>
  );
}

export interface PageHeaderProps {
  readonly title: string;
  readonly about?: ComponentChildren;
  /** Before the title: where one came from. */
  readonly back?: { readonly href: string; readonly label: string };
  readonly badge?: ComponentChildren;
  readonly children?: ComponentChildren;
}

/** The one h1 of a page; `children` are its buttons. */
export function PageHeader({ title, about, back, badge, children }: PageHeaderProps): JSX.Element {
  return (
    <header class="page-header">
      <div class="grow">
        {back && (
          <a class="page-back" href={back.href}>
            {back.label}
          </a>
        )}
        <div class="row gap-3">
          <h1 tabIndex={-1}>{title}</h1>
          {badge}
        </div>
        {about && <p class="soft page-about">{about}</p>}
      </div>
      {children && <div class="row">{children}</div>}
    </header>
  );
}

/** Names and values, one pair in a line. */
export function Facts({ items }: { readonly items: readonly (readonly [string, ComponentChildren])[] }): JSX.Element {
  return (
    <dl class="facts">
      {items.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
