// Where a channel's stream is sent on to, which accounts that uses, and what is said there.
import type { components } from "../__generated__/api";
import { api, call } from "./client";
import { type Resource, useResource } from "./resource";
import { may } from "./session";

type Schemas = components["schemas"];
export type Platform = Schemas["Platform"];
export type AccountPlatform = Exclude<Platform, "custom">;
export type Verdict = Schemas["Verdict"];
export type Encode = Schemas["OwnEncode"];
export type Destination = Schemas["Destination"];
export type DestinationLive = Schemas["DestinationLive"];
export type DestinationReport = Schemas["DestinationFigures"];
export type OnPlatform = Schemas["OnPlatform"];
export type Place = Schemas["Place"];

export interface Category {
  readonly id: string;
  readonly name: string;
}

/** What one platform shows differently; null: as everywhere. */
export interface Exceptions {
  readonly category: Category | null;
  readonly title: string | null;
  readonly description: string | null;
  readonly tags: readonly string[] | null;
}

export interface Listing {
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly platforms: Readonly<Record<AccountPlatform, Exceptions>>;
  readonly version: number;
}

export interface Taken {
  readonly account_id: string;
  readonly platform: AccountPlatform;
  readonly name: string;
  readonly ok: boolean;
  readonly text: string;
}

export interface Account {
  readonly id: string;
  readonly platform: AccountPlatform;
  readonly name: string;
  readonly url: string;
  readonly state: "connected" | "expired" | "revoked";
  readonly trouble: string;
}

export interface Prompt {
  readonly id: string;
  readonly url: string;
  readonly user_code: string | null;
  readonly expires_at: string;
  readonly interval_s: number;
}

export interface Connecting {
  readonly state: "waiting" | "connected";
  readonly account: Account | null;
}

export interface ChatEntry {
  readonly number: number;
  readonly platform: AccountPlatform;
  readonly author: string;
  readonly colour: string;
  readonly text: string;
  readonly at: string;
  readonly badges: readonly string[];
  readonly reply_to: string;
  readonly paid: string;
  readonly removed: boolean;
}

export interface ChatTrouble {
  readonly platform: AccountPlatform;
  readonly text: string;
}

export interface ChatLog {
  readonly items: readonly ChatEntry[];
  readonly troubles: readonly ChatTrouble[];
}

export interface ChatChange {
  readonly channel: string;
  readonly entries: readonly ChatEntry[];
  readonly removed: readonly number[];
  readonly troubles: readonly ChatTrouble[];
}

export interface PlatformApp {
  readonly platform: AccountPlatform;
  readonly client_id: string;
  readonly has_secret: boolean;
  readonly public_url: string;
  readonly redirect_uri: string;
  readonly webhook_url: string | null;
  readonly version: number;
}

const at = (channel: string): string => `/channels/${encodeURIComponent(channel)}`;

export function useDestinations(channel: string): Resource<readonly Destination[]> {
  return useResource(may("destinations:read") ? `destinations/${channel}` : null, async (signal) => (await api.get("/channels/{channel}/destinations", { path: { channel }, signal })).items);
}

export function useAccounts(channel: string): Resource<readonly Account[]> {
  return useResource(may("destinations:read") ? `accounts/${channel}` : null, async (signal) => (await call<{ items: Account[] }>("GET", `${at(channel)}/accounts`, { signal })).items);
}

/** What each platform takes, and whether accounts of it can be connected. */
export function usePlaces(): Resource<readonly Place[]> {
  return useResource("places", async (signal) => (await api.get("/platforms", { signal })).items);
}
