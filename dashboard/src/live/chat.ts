// Lines of chat as the event stream brings them, by channel.
import { signal } from "@preact/signals";
import type { ChatChange, ChatEntry, ChatLog, ChatTrouble } from "../api/simulcast";

const LINES_MAX = 300; // of each channel, on the page

interface Heard {
  readonly entries: readonly ChatEntry[];
  readonly removed: ReadonlySet<number>;
  readonly troubles: readonly ChatTrouble[];
}

const heard = signal<ReadonlyMap<string, Heard>>(new Map());

export function takeChat({ channel, entries, removed, troubles }: ChatChange): void {
  const before = heard.peek().get(channel);
  const next = new Map(heard.peek());
  next.set(channel, { entries: merged(before?.entries ?? [], entries), removed: new Set([...(before?.removed ?? []), ...removed]), troubles });
  heard.value = next;
}

/** What was asked for, and what came since. */
export function chatOf(channel: string, log: ChatLog): ChatLog {
  const now = heard.value.get(channel);
  if (now === undefined) return log;
  const items = merged(log.items, now.entries).map((entry) => (now.removed.has(entry.number) ? { ...entry, removed: true } : entry));
  return { items, troubles: now.troubles };
}

/** Both in the order they were said, each line once: numbers begin anew when the server does. */
function merged(before: readonly ChatEntry[], more: readonly ChatEntry[]): readonly ChatEntry[] {
  const known = new Map([...more, ...before].map((entry) => [`${entry.number} ${entry.at}`, entry]));
  return [...known.values()].sort((a, b) => Date.parse(a.at) - Date.parse(b.at) || a.number - b.number).slice(-LINES_MAX);
}

export function forgetChat(): void {
  heard.value = new Map();
}
