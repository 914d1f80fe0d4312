// What each platform takes and where its key is found, for people who set one up.
import type { AccountPlatform, Place as Known, Platform } from "../../../api/simulcast";
import { bitrate, list } from "../../../format";

interface Place {
  readonly about: string;
  /** Empty where everybody has an address of their own. */
  readonly url: string;
  readonly key: string;
}

export const PLACES: Record<Platform, Place> = {
  twitch: {
    about: "Verified live, title, category, viewers and chat.",
    url: "rtmps://ingest.global-contribute.live-video.net:443/app",
    key: "On Twitch: Creator Dashboard → Settings → Stream → Primary stream key.",
  },
  youtube: {
    about: "Verified live, title, category, viewers and chat.",
    url: "rtmps://a.rtmps.youtube.com:443/live2",
    key: "In YouTube Studio: Create → Go live → Stream → Stream key.",
  },
  kick: {
    about: "Verified live, title, category, viewers and chat.",
    url: "",
    key: "On Kick: Creator Dashboard → Settings → Stream key; the stream URL stands beside it.",
  },
  custom: {
    about: "Any server that speaks RTMP, RTMPS, SRT or WHIP.",
    url: "",
    key: "",
  },
};

const CODECS: Readonly<Record<string, string>> = { avc1: "H.264", hvc1: "HEVC", av01: "AV1" };

/** What a platform takes, in one sentence. */
export function takes({ label, limits }: Known): string {
  const { video_codecs, width_max, frame_rate_max, video_bps_max } = limits;
  if (video_codecs.length === 0) return "Nothing is known of its limits: it gets what you choose.";
  const most = [width_max && `${width_max} pixels wide`, frame_rate_max && `${frame_rate_max} fps`, video_bps_max && bitrate(video_bps_max)].filter((one) => typeof one === "string");
  const codecs = list(video_codecs.map((codec) => CODECS[codec] ?? codec));
  return `${label} takes ${codecs}${most.length > 0 ? `, at most ${list(most)}` : ""}.`;
}

/** What connecting an account opens up, and what a person has to do on the platform's side. */
export const CONNECTING: Record<AccountPlatform, readonly string[]> = {
  twitch: ["Twitch shows a page that asks for a code: enter the one that appears here.", "Allow manycast to read your stream key, change title and category, and read and write in your chat."],
  youtube: [
    "Live streaming must be enabled on your YouTube channel: the first time that takes YouTube up to 24 hours.",
    "Google shows a page that asks for a code: enter the one that appears here, and choose the channel.",
    "Google may warn that it has not checked this app: it is your own network’s. Allow it to manage your YouTube account.",
  ],
  kick: ["Kick asks you to log in and to allow manycast your stream key, title and chat.", "Kick sends chat only to networks with a public address; the stream goes out without one."],
};

export interface Sort {
  readonly key: string;
  readonly hint: string;
}

/** What the secret is called depends on how the server is spoken to. */
export function secretOf(url: string): Sort {
  if (url.startsWith("srt:")) return { key: "Passphrase", hint: "Leave it empty where the server asks for none." };
  if (/^https?:/.test(url)) return { key: "Bearer token", hint: "What the WHIP endpoint asks for." };
  return { key: "Stream key", hint: "Kept encrypted, never shown again." };
}
