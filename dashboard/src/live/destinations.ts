// What a destination's verdict is called, and how alarming it is.
import type { DestinationLive, Platform, Verdict } from "../api/simulcast";
import type { Stream } from "../api/types";
import { PLATFORMS } from "../components/platform";
import type { Tone } from "../components/state";

export interface Standing {
  readonly tone: Tone;
  readonly words: string;
  /** All is as it should be: the dot beats. */
  readonly steady: boolean;
}

const TONES: Record<Verdict, Tone> = { off: "plain", waiting: "plain", connecting: "accent", sending: "good", starting: "accent", live: "good", not_live: "bad", retrying: "bad", failed: "bad" };

export function standing(platform: Platform, verdict: Verdict): Standing {
  return { tone: TONES[verdict], words: wordsFor(platform, verdict), steady: verdict === "live" || verdict === "sending" };
}

function wordsFor(platform: Platform, verdict: Verdict): string {
  const { name } = PLATFORMS[platform];
  const words: Record<Verdict, string> = {
    off: "Off",
    waiting: "Ready",
    connecting: "Connecting…",
    sending: "Sending",
    starting: `Sending, ${name} is starting`,
    live: `Live on ${name}`,
    not_live: `Sending, but not live on ${name}`,
    retrying: "Failing, trying again",
    failed: "Needs you",
  };
  return words[verdict];
}

/** Without a report nothing runs: it is off, or begins with the stream. */
export function verdictOf(live: DestinationLive | undefined, enabled: boolean): Verdict {
  return live?.verdict ?? (enabled ? "waiting" : "off");
}

/** Viewers on the platforms, one entry each that says how many. */
export function audiences(destinations: readonly DestinationLive[]): readonly { readonly platform: Platform; readonly viewers: number }[] {
  const sums = new Map<Platform, number>();
  for (const { platform, on_platform } of destinations) {
    const viewers = on_platform?.viewers ?? 0;
    if (viewers > 0) sums.set(platform, (sums.get(platform) ?? 0) + viewers);
  }
  return [...sums].map(([platform, viewers]) => ({ platform, viewers }));
}

/** Everybody who sees it, here and on the platforms. */
export function watching({ viewers, destinations }: Stream): number {
  return audiences(destinations).reduce((sum, one) => sum + one.viewers, viewers);
}
