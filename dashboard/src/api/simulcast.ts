// Where a channel's stream is sent on to, which accounts that uses, and what is said there.
import { call } from "./client";
import { type Resource, useResource } from "./resource";
import { may } from "./session";

export type Platform = "twitch" | "youtube" | "kick" | "custom";
export type AccountPlatform = Exclude<Platform, "custom">;
export type Verdict = "off" | "waiting" | "connecting" | "sending" | "starting" | "live" | "not_live" | "retrying" | "failed";

export interface Encode {
  readonly height: number;
  readonly frame_rate: number;
  readonly video_bps: number;
  readonly audio_bps: number;
  readonly keyframe_ms: number;
}

export interface Exceptions {
  readonly title: string | null;
  readonly category: Category | null;
  readonly tags: readonly string[] | null;
}

export interface Destination {
  readonly id: string;
  readonly name: string;
  readonly platform: Platform;
  readonly url: string;
  readonly has_key: boolean;
  readonly rendition: string;
  readonly encode: Encode | null;
  readonly enabled: boolean;
  readonly account_id: string | null;
  readonly exceptions: Exceptions;
  readonly version: number;
}

export interface DestinationReport {
  readonly state: string;
  readonly since: string;
  readonly rendition: string;
  readonly video_bps: number;
  readonly audio_bps: number;
  readonly frame_rate: number;
  readonly dropped_frames: number;
  readonly round_trip_ms: number | null;
  readonly reconnects: number;
  readonly behind_ms: number | null;
  readonly slate: boolean;
}

export interface OnPlatform {
  readonly state: "unknown" | "not_live" | "starting" | "live" | "ended";
  readonly viewers: number | null;
  readonly title: string;
  readonly url: string;
  readonly trouble: string;
  readonly checked_at: string | null;
}

export interface DestinationLive {
  readonly id: string;
  readonly name: string;
  readonly platform: Platform;
  readonly verdict: Verdict;
  readonly text: string;
  readonly report: DestinationReport | null;
  readonly on_platform: OnPlatform | null;
}

export interface Category {
  readonly id: string;
  readonly name: string;
}

export interface Listing {
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly categories: { readonly [P in AccountPlatform]?: Category | null };
  readonly version: number;
}

export interface Applied {
  readonly platform: Platform;
  readonly name: string;
  readonly ok: boolean;
  readonly text: string;
}

export interface Account {
  readonly id: string;
  readonly platform: AccountPlatform;
  readonly name: string;
  readonly state: "connected" | "expired" | "revoked";
  readonly trouble: string;
  readonly version: number;
}

export interface Prompt {
  readonly id: string;
  readonly url: string;
  readonly user_code: string | null;
  readonly expires_at: string;
  readonly interval_s: number;
}

export interface Connecting {
  readonly state: "waiting" | "connected" | "refused" | "expired";
  readonly text: string;
  readonly account: Account | null;
}

export interface ChatLine {
  readonly id: string;
  readonly platform: AccountPlatform;
  readonly author: string;
  readonly text: string;
  readonly at: string;
  readonly badges: readonly string[];
  readonly own: boolean;
}

export interface ChatLog {
  readonly items: readonly ChatLine[];
  readonly troubles: readonly { readonly platform: AccountPlatform; readonly text: string }[];
}

export interface PlatformApp {
  readonly platform: AccountPlatform;
  readonly client_id: string;
  readonly has_secret: boolean;
  readonly redirect_uri: string;
  readonly webhook_url: string | null;
  readonly version: number;
}

const at = (channel: string): string => `/channels/${encodeURIComponent(channel)}`;

export function useDestinations(channel: string): Resource<readonly Destination[]> {
  return useResource(may("destinations:read") ? `destinations/${channel}` : null, async (signal) => (await call<{ items: Destination[] }>("GET", `${at(channel)}/destinations`, { signal })).items);
}

export function useAccounts(channel: string): Resource<readonly Account[]> {
  return useResource(may("destinations:read") ? `accounts/${channel}` : null, async (signal) => (await call<{ items: Account[] }>("GET", `${at(channel)}/accounts`, { signal })).items);
}
