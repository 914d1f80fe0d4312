// Where a channel's stream is sent on to, which accounts that uses, and what is said there.
import type { components } from "../__generated__/api";
import { api } from "./client";
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

export type Category = Schemas["ChosenCategory"];
export type Exceptions = Schemas["Exceptions"];
export type Listing = Schemas["Listing"];
export type Taken = Schemas["Taken"];
export type Account = Schemas["PlatformAccount"];
export type Prompt = Schemas["Prompt"];
export type Connecting = Schemas["Connecting"];
export type ChatEntry = Schemas["ChatEntry"];
export type ChatTrouble = Schemas["ChatTrouble"];
export type ChatLog = Schemas["Chat"];
export type ChatChange = Schemas["ChatChange"];
export type PlatformApp = Schemas["PlatformApp"];

export function useDestinations(channel: string): Resource<readonly Destination[]> {
  return useResource(may("destinations:read") ? `destinations/${channel}` : null, async (signal) => (await api.get("/channels/{channel}/destinations", { path: { channel }, signal })).items);
}

export function useAccounts(channel: string): Resource<readonly Account[]> {
  return useResource(may("destinations:read") ? `accounts/${channel}` : null, async (signal) => (await api.get("/channels/{channel}/accounts", { path: { channel }, signal })).items);
}

/** What each platform takes, and whether accounts of it can be connected. */
export function usePlaces(): Resource<readonly Place[]> {
  return useResource("places", async (signal) => (await api.get("/platforms", { signal })).items);
}
