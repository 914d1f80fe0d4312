// What is on the air and which nodes run, as the event stream tells it.
import { computed, signal } from "@preact/signals";
import type { FleetChange, Node, Snapshot, Stream, StreamsChange } from "../api/types";

/** `lost`: figures on the page are old, and it tries to reach the server again. */
export type Connection = "connecting" | "open" | "lost";

export const connection = signal<Connection>("connecting");
export const streams = signal<ReadonlyMap<string, Stream>>(new Map());
export const fleet = signal<ReadonlyMap<string, Node> | null>(null);
/** Of all streams. */
export const viewers = signal(0);
/** Whether anything was ever heard: before, nothing is known, which is not the same as nothing being there. */
export const known = signal(false);
/** How far the server's clock is ahead of the browser's. */
export const ahead_ms = signal(0);
/** The browser's clock; it moves while times are shown. */
export const here_ms = signal(Date.now());
/** The server's clock, which all times that it tells are by. */
export const now_ms = computed(() => here_ms.value + ahead_ms.value);

export const onAir = computed(() => [...streams.value.values()].filter(isOnAir).sort((a, b) => a.since.localeCompare(b.since)));

export function isOnAir({ state }: Stream): boolean {
  return state === "live" || state === "starting" || state === "reconnecting";
}

export function takeSnapshot(data: Snapshot, received_ms: number): void {
  streams.value = new Map(data.streams.items.map((stream) => [stream.channel, stream]));
  fleet.value = data.fleet === null ? null : new Map(data.fleet.items.map((node) => [node.node, node]));
  viewers.value = data.streams.viewers;
  ahead_ms.value = Date.parse(data.streams.at) - received_ms;
  known.value = true;
}

export function takeStreams(change: StreamsChange): void {
  const next = new Map(streams.peek());
  for (const stream of change.changed) next.set(stream.channel, stream);
  for (const channel of change.gone) next.delete(channel);
  streams.value = next;
  viewers.value = change.viewers;
}

export function takeFleet(change: FleetChange): void {
  const next = new Map(fleet.peek() ?? []);
  for (const node of change.changed) next.set(node.node, node);
  for (const node of change.gone) next.delete(node);
  fleet.value = next;
}

export function forgetLive(): void {
  streams.value = new Map();
  fleet.value = null;
  viewers.value = 0;
  known.value = false;
  connection.value = "connecting";
}
