// Shows the page of the address: fetches its code once, keeps the old page until the new one is there.
import type { ComponentType, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { LinkButton } from "../components/button";
import { Empty, Failure, Skeleton } from "../components/state";
import { problemFrom, type Problem } from "../api/problem";
import { match, type Parameters, path } from "../router";
import { type PageProps, ROUTES, type Route } from "../routes";

export interface Found {
  readonly route: Route;
  readonly parameters: Parameters;
}

export function find(at: string): Found | null {
  for (const route of ROUTES) {
    const parameters = match(route.pattern, at);
    if (parameters !== null) return { route, parameters };
  }
  return null;
}

const loaded = new Map<Route, ComponentType<PageProps>>();

export function PageView(): JSX.Element {
  const found = find(path.value);
  const [, render] = useState(0);
  const [problem, setProblem] = useState<Problem | null>(null);
  const route = found?.route;
  useFocus(path.value);
  useEffect(() => {
    setProblem(null);
    if (route === undefined || loaded.has(route)) return;
    route.load().then(
      ({ Page }) => {
        loaded.set(route, Page);
        render((n) => n + 1);
      },
      (error: unknown) => setProblem(problemFrom(error)),
    );
  }, [route]);
  if (found === null) return <NotFound />;
  const Page = loaded.get(found.route);
  if (Page !== undefined) return <Page key={path.value} parameters={found.parameters} />;
  return problem ? <Failure problem={problem} retry={() => location.reload()} /> : <Skeleton lines={6} />;
}

/** After going to another page those who listen are at its beginning, as soon as it has one. */
function useFocus(at: string): void {
  const before = useRef(at);
  useEffect(() => {
    if (before.current === at) return undefined;
    before.current = at;
    return focusHeading();
  }, [at]);
}

/** Unless they go somewhere else meanwhile: a page may still have to be fetched. Stops when it is called. */
function focusHeading(): () => void {
  const began = document.activeElement;
  const look = (): void => {
    const heading = document.querySelector<HTMLElement>("h1");
    if (heading === null) return;
    observer.disconnect();
    if (document.activeElement === began || document.activeElement === document.body) heading.focus({ preventScroll: true });
  };
  const observer = new MutationObserver(look);
  observer.observe(document.body, { childList: true, subtree: true });
  const frame = requestAnimationFrame(look);
  return () => {
    cancelAnimationFrame(frame);
    observer.disconnect();
  };
}

function NotFound(): JSX.Element {
  return (
    <Empty alone icon="search" title="There is no such page" action={<LinkButton href="/">Home</LinkButton>}>
      The address may be mistyped, or what it showed is gone.
    </Empty>
  );
}
