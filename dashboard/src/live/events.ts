// Keeps the event stream open: server-sent events, with a new connection when it breaks or falls silent.
import { ROOT } from "../api/client";
import { refresh, retryFailed } from "../api/resource";
import { askWhoIAm } from "../api/session";
import type { LiveEvents as Events } from "../api/types";
import { takeChat } from "./chat";
import { connection, fleet, onAir, takeFleet, takeSnapshot, takeStreams } from "./store";

const SILENCE_MS = 10_000; // while nodes report twice a second, longer means a dead line
const RETRY_FIRST_MS = 500;
const RETRY_LONGEST_MS = 8000;
/** Browsers allow six connections to one server for all tabs together: those that nobody looks at leave theirs to others. */
export const HIDDEN_MS = 20_000;

type Touching = "channels" | "broadcasts" | "recordings" | "notices" | "destinations" | "accounts" | "listings";
/** What a page that shows these has to ask for again. */
const TOUCHED: Record<Touching, readonly string[]> = {
  channels: ["channels", "addresses", "keys", "members"],
  broadcasts: ["broadcasts"],
  recordings: ["recordings", "broadcasts"],
  notices: ["deliveries", "targets", "rules"],
  destinations: ["destinations"],
  accounts: ["accounts", "destinations"],
  listings: ["listings"],
};

/** Follow until the returned function is called. */
export function follow(): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let leaving: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let away = document.hidden;
  let missed = away; // something may have changed that nobody was told of

  const stop = (): void => {
    source?.close();
    clearTimeout(timer);
  };
  const again = (after_ms: number): void => {
    stop();
    timer = setTimeout(open, after_ms);
  };
  const lost = (): void => {
    if (away) return;
    connection.value = "lost";
    missed = true;
    void askWhoIAm(); // an ended session looks like a broken line
    again(Math.min(RETRY_LONGEST_MS, RETRY_FIRST_MS * 2 ** failures++) * (0.75 + Math.random() / 2));
  };
  const heard = (): void => {
    clearTimeout(timer);
    if (fleet.peek() !== null || onAir.peek().length > 0) timer = setTimeout(lost, SILENCE_MS);
  };
  const open = (): void => {
    source = new EventSource(`${ROOT}/events`);
    source.addEventListener("error", lost);
    listen(source, heard, () => {
      if (missed) catchUp();
      missed = false;
      failures = 0;
      connection.value = "open";
    });
    heard();
  };

  const back = (): void => {
    if (connection.peek() !== "lost" || document.hidden) return;
    failures = Math.min(failures, 1);
    again(0);
  };
  const leave = (): void => {
    away = missed = true;
    stop();
  };
  const look = (): void => {
    clearTimeout(leaving);
    if (document.hidden) leaving = setTimeout(leave, HIDDEN_MS);
    else if (away) {
      away = false;
      open();
    } else back();
  };
  const listeners = new AbortController();
  const { signal } = listeners;
  window.addEventListener("offline", lost, { signal });
  window.addEventListener("online", back, { signal });
  document.addEventListener("visibilitychange", look, { signal });

  if (!away) open();
  return () => {
    listeners.abort();
    stop();
    clearTimeout(leaving);
  };
}

function catchUp(): void {
  refresh(...new Set(Object.values(TOUCHED).flat()), "chat");
  retryFailed();
}

function listen(source: EventSource, heard: () => void, begun: () => void): void {
  const on = <K extends keyof Events>(name: K, take: (data: Events[K]) => void): void =>
    source.addEventListener(name, (event: MessageEvent<string>) => {
      heard();
      take(JSON.parse(event.data) as Events[K]);
    });
  on("snapshot", (data) => {
    takeSnapshot(data, Date.now());
    begun();
  });
  on("streams", takeStreams);
  on("fleet", takeFleet);
  on("chat", takeChat);
  for (const name of Object.keys(TOUCHED) as Touching[]) source.addEventListener(name, () => refresh(...TOUCHED[name]));
}
