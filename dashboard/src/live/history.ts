// The last two minutes of each stream's figures, one value a second, for the lines beside the numbers.
import { signal } from "@preact/signals";
import type { Stream } from "../api/types";
import { onAir, streams as known } from "./store";

export const SAMPLES_MAX = 120;
const EVERY_MS = 1000;

export interface History {
  readonly video_bps: readonly number[];
  readonly frame_rate: readonly number[];
  readonly behind_ms: readonly number[];
  readonly viewers: readonly number[];
  /** What each destination was sent, by its id. */
  readonly sent: Readonly<Record<string, readonly number[]>>;
}

export const NO_HISTORY: History = { video_bps: [], frame_rate: [], behind_ms: [], viewers: [], sent: {} };

/** By channel and beginning, so that the next broadcast begins with an empty line. */
export const histories = signal<ReadonlyMap<string, History>>(new Map());

export function historyOf(stream: Stream | undefined): History {
  return (stream && histories.value.get(nameOf(stream))) ?? NO_HISTORY;
}

export function sentHistoryOf(channel: string, destination: string): readonly number[] {
  return historyOf(known.value.get(channel)).sent[destination] ?? [];
}

export function sample(streams: readonly Stream[]): void {
  const before = histories.peek();
  histories.value = new Map(streams.map((stream) => [nameOf(stream), grown(before.get(nameOf(stream)) ?? NO_HISTORY, stream)]));
}

export function keepHistories(): () => void {
  const timer = setInterval(() => sample(onAir.peek()), EVERY_MS);
  return () => clearInterval(timer);
}

function nameOf(stream: Stream): string {
  return `${stream.channel} ${stream.since}`;
}

function grown(history: History, { ingest, viewers, destinations }: Stream): History {
  return {
    video_bps: push(history.video_bps, ingest?.video_bps ?? 0),
    frame_rate: push(history.frame_rate, ingest?.frame_rate ?? 0),
    behind_ms: push(history.behind_ms, ingest?.behind_ms ?? 0),
    viewers: push(history.viewers, viewers),
    sent: Object.fromEntries(destinations.map(({ id, report }) => [id, push(history.sent[id] ?? [], (report?.video_bps ?? 0) + (report?.audio_bps ?? 0))])),
  };
}

function push(values: readonly number[], value: number): readonly number[] {
  return [...values, value].slice(-SAMPLES_MAX);
}
