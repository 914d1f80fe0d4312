import type { JSX } from "preact";
import { ago, clock, moment } from "../format";
import { here_ms, now_ms } from "../live/store";

setInterval(() => (here_ms.value = Date.now()), 1000); // one timer for every time on the page

const full = (at: string): string => new Date(at).toLocaleString("en-GB", { dateStyle: "full", timeStyle: "medium" });

/** How long ago, growing by itself. */
export function Ago({ at }: { readonly at: string }): JSX.Element {
  return (
    <time dateTime={at} title={full(at)}>
      {ago(Date.parse(at), now_ms.value)}
    </time>
  );
}

export function Moment({ at }: { readonly at: string }): JSX.Element {
  return (
    <time dateTime={at} title={full(at)}>
      {moment(Date.parse(at), now_ms.value)}
    </time>
  );
}

/** How long it has been going on, as a clock. */
export function Since({ at, until }: { readonly at: string; readonly until?: string | null }): JSX.Element {
  const end_ms = until ? Date.parse(until) : now_ms.value;
  return (
    <time class="figures" dateTime={at} title={`since ${full(at)}`}>
      {clock(end_ms - Date.parse(at))}
    </time>
  );
}
