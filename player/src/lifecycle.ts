// When to start, rebuild or stop the player: decided from the stream's state and from how long the picture has stood still.
import type { StreamState } from "./status";

export interface Standing {
  readonly state: StreamState | null;
  readonly player: boolean;
  /** The viewer paused: a picture that stands still is as it should be. */
  readonly paused: boolean;
  /** Since the picture last moved, or since the player was built. */
  readonly still_ms: number;
  /** The player reported that it cannot go on. */
  readonly broken: boolean;
  /** Since the last build. */
  readonly built_ms: number;
  /** Builds in a row without a picture. */
  readonly fruitless: number;
}

export type Step = "start" | "rebuild" | "stop" | "keep";

/** Longer than any blocking reload or retry of the player: it will not recover by itself. */
const STANDSTILL_MS = 5000;
/** The buffer of an ended stream is played out by then. */
const PLAYED_OUT_MS = 3000;
const REBUILD_FIRST_MS = 500;
const REBUILD_LONGEST_MS = 15_000;

export function step(now: Standing): Step {
  if (now.state === "live") return now.player ? whileLive(now) : "start";
  const over = now.state === "offline" || now.state === "ended";
  return now.player && over && now.still_ms > PLAYED_OUT_MS ? "stop" : "keep";
}

function whileLive(now: Standing): "rebuild" | "keep" {
  if (now.paused) return "keep";
  const wait_ms = Math.min(REBUILD_LONGEST_MS, REBUILD_FIRST_MS * 2 ** now.fruitless);
  if (now.built_ms < wait_ms) return "keep";
  if (now.broken) return "rebuild";
  return now.still_ms > Math.max(STANDSTILL_MS, wait_ms) ? "rebuild" : "keep";
}
