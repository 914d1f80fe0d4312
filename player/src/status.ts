// What the server says about a stream, and what the page says to a person in each situation.

export type StreamState = "offline" | "starting" | "live" | "reconnecting" | "ended";
export type PageState = StreamState | "error";

export interface Rendition {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly frame_rate: number;
  readonly bandwidth_bps: number;
  readonly codecs: string;
}

export interface Status {
  readonly stream: string;
  readonly state: StreamState;
  readonly since_ms: number;
  readonly part_ms: number;
  readonly renditions: readonly Rendition[];
}

export interface Situation {
  /** Null until the server has answered once. */
  readonly status: Status | null;
  /** Questions in a row that the server left unanswered. */
  readonly unanswered: number;
  /** The picture moves. */
  readonly moving: boolean;
  /** A picture of this stream has been seen on this page. */
  readonly seen: boolean;
  /** Why this browser cannot play it; null when it can. */
  readonly failure: string | null;
}

export interface Caption {
  readonly state: PageState;
  readonly title: string;
  readonly text: string;
  /** Beside the picture (the last frame stays) instead of in its place. */
  readonly calm: boolean;
}

const UNANSWERED_MAX = 2; // one lost answer is an accident

export function caption(stream: string, now: Situation): Caption {
  const { status, failure } = now;
  if (failure !== null && !now.moving)
    return { state: "error", title: "This stream cannot be played here", text: failure, calm: false };
  const repeated = status?.state === "reconnecting"; // the origin sends the last picture again and again
  if (now.moving && !repeated) return { state: "live", title: "", text: "", calm: true };
  if (now.unanswered >= UNANSWERED_MAX) return unreachable(now.seen);
  if (status === null) return { state: "starting", title: "One moment…", text: "", calm: false };
  return words(stream, status.state, now.seen);
}

function unreachable(seen: boolean): Caption {
  const text = "Trying again by itself. Nothing needs to be done.";
  if (seen) return { state: "reconnecting", title: "The connection was lost", text, calm: true };
  return { state: "error", title: "The server does not answer", text, calm: false };
}

function words(stream: string, state: StreamState, seen: boolean): Caption {
  switch (state) {
    case "offline":
      return {
        state,
        title: `${stream} has not started`,
        text: "This page starts by itself as soon as it does.",
        calm: false,
      };
    case "ended":
      return { state, title: `${stream} has ended`, text: "If it comes back, this page goes on by itself.", calm: false };
    case "reconnecting":
      return {
        state,
        title: "The broadcaster’s connection dropped",
        text: "It goes on here as soon as the broadcaster is back.",
        calm: seen,
      };
    default:
      if (seen) return { state: "reconnecting", title: "Waiting for the picture…", text: "", calm: true };
      return { state: "starting", title: `${stream} is starting…`, text: "", calm: false };
  }
}

export function isWatchable(state: StreamState): boolean {
  return state === "live" || state === "reconnecting";
}

/** "1280×720 · 30 fps · 2.5 Mbit/s" */
export function label(rendition: Rendition): string {
  const rate = Math.round(rendition.frame_rate * 100) / 100;
  return [`${rendition.width}×${rendition.height}`, rate > 0 ? `${rate} fps` : "", bits(rendition.bandwidth_bps)]
    .filter((part) => part !== "")
    .join(" · ");
}

function bits(per_second: number): string {
  if (per_second <= 0) return "";
  if (per_second < 1e6) return `${Math.round(per_second / 1e3)} kbit/s`;
  return `${(per_second / 1e6).toFixed(1)} Mbit/s`;
}

/** Renditions this browser can decode, best first; `source` counts as the best. */
export function playable(renditions: readonly Rendition[], supported: (codecs: string) => boolean): Rendition[] {
  const rank = (rendition: Rendition): number =>
    rendition.name === "source" ? Infinity : rendition.width * rendition.height;
  return renditions.filter((rendition) => supported(rendition.codecs)).sort((a, b) => rank(b) - rank(a));
}
