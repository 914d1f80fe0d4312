// A destination as a form holds it.
import type { Destination, Encode, Platform } from "../../../api/simulcast";
import { PLATFORMS } from "../../../components/platform";
import { PLACES } from "./places";

export const OWN = "own";

export interface Draft {
  readonly name: string;
  readonly url: string;
  readonly key: string;
  /** A rendition's name, empty for the best one, or `OWN`. */
  readonly quality: string;
  readonly height: string;
  readonly frame_rate: string;
  readonly kbps: string;
}

const ENCODED = { height: "720", frame_rate: "0", kbps: "4500" };

export function begun(platform: Platform): Draft {
  return { name: platform === "custom" ? "" : PLATFORMS[platform].name, url: PLACES[platform].url, key: "", quality: "", ...ENCODED };
}

export function draftOf({ name, url, rendition, encode }: Destination): Draft {
  const encoded = encode === null ? ENCODED : { height: String(encode.height), frame_rate: String(encode.frame_rate), kbps: String(Math.round(encode.video_bps / 1000)) };
  return { name, url, key: "", quality: encode === null ? rendition : OWN, ...encoded };
}

export interface Sent {
  readonly name: string;
  readonly rendition: string;
  readonly encode: Encode | null;
}

/** What both a new destination and a changed one say. */
export function sentOf({ name, quality, height, frame_rate, kbps }: Draft, before: Encode | null = null): Sent {
  const encode = { audio_bps: 160_000, keyframe_ms: 2000, ...before, height: Number(height), frame_rate: Number(frame_rate), video_bps: Math.round(Number(kbps) * 1000) };
  return { name: name.trim(), rendition: quality === OWN ? "" : quality, encode: quality === OWN ? encode : null };
}
