// Lines of chat as the event stream brings them, by channel.
import { signal } from "@preact/signals";
import type { ChatLine } from "../api/simulcast";

const LINES_MAX = 300; // of each channel, on the page

export const chats = signal<ReadonlyMap<string, readonly ChatLine[]>>(new Map());

export interface ChatChange {
  readonly channel: string;
  readonly lines: readonly ChatLine[];
}

export function takeChat({ channel, lines }: ChatChange): void {
  const next = new Map(chats.peek());
  next.set(channel, merged(next.get(channel) ?? [], lines));
  chats.value = next;
}

/** Both in the order they were said, each line once. */
export function merged(before: readonly ChatLine[], more: readonly ChatLine[]): readonly ChatLine[] {
  const known = new Map([...before, ...more].map((line) => [`${line.platform} ${line.id}`, line]));
  return [...known.values()].sort((a, b) => Date.parse(a.at) - Date.parse(b.at)).slice(-LINES_MAX);
}

export function forgetChat(): void {
  chats.value = new Map();
}
