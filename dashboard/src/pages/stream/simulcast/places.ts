// What each platform takes and where its key is found, for people who set one up.
import type { AccountPlatform, Platform } from "../../../api/simulcast";

interface Place {
  readonly about: string;
  readonly takes: string;
  /** Empty where everybody has an address of their own. */
  readonly url: string;
  readonly key: string;
}

export const PLACES: Record<Platform, Place> = {
  twitch: {
    about: "Verified live, title, category, viewers and chat.",
    takes: "Twitch takes H.264 up to 1080p60 and 6 Mbit/s.",
    url: "rtmps://ingest.global-contribute.live-video.net:443/app",
    key: "On Twitch: Creator Dashboard → Settings → Stream → Primary stream key.",
  },
  youtube: {
    about: "Verified live, title, category, viewers and chat.",
    takes: "YouTube takes H.264, HEVC and AV1 up to 4K and 51 Mbit/s.",
    url: "rtmps://a.rtmps.youtube.com:443/live2",
    key: "In YouTube Studio: Create → Go live → Stream → Stream key.",
  },
  kick: {
    about: "Verified live, title, category, viewers and chat.",
    takes: "Kick takes H.264 up to 8 Mbit/s and refuses what is wider than 1920.",
    url: "",
    key: "On Kick: Creator Dashboard → Settings → Stream key; the stream URL stands beside it.",
  },
  custom: {
    about: "Any server that speaks RTMP, RTMPS, SRT or WHIP.",
    takes: "Nothing is known of its limits: what you choose is what it gets.",
    url: "",
    key: "",
  },
};

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
