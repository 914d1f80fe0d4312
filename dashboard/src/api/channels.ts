import { signal as shared } from "@preact/signals";
import { api } from "./client";
import { readAll } from "./paged";
import { type Resource, useResource } from "./resource";
import { may } from "./session";
import type { Addresses, Channel, MadeStreamKey } from "./types";

/** All that this person works with. */
export function useChannels(): Resource<readonly Channel[]> {
  return useResource(may("channels:read") ? "channels" : null, (signal) => readAll((query) => api.get("/channels", { query, signal })));
}

export function useAddresses(channel: string): Resource<Addresses> {
  return useResource(`addresses/${channel}`, (signal) => api.get("/channels/{channel}/addresses", { path: { channel }, signal }));
}

/** Keys just made, by channel: their secrets are known to this page until it is closed, and to nobody else. */
export const fresh = shared<ReadonlyMap<string, MadeStreamKey>>(new Map());

export function rememberFresh(channel: string, made: MadeStreamKey | null): void {
  const next = new Map(fresh.peek());
  if (made === null) next.delete(channel);
  else next.set(channel, made);
  fresh.value = next;
}

/** What viewers' addresses make of a title: `Main stage!` -> `main-stage`. */
export function nameFor(title: string): string {
  return title
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9_]+/g, "-")
    .replaceAll(/^[-_]+|-+$/g, "")
    .slice(0, 63);
}
