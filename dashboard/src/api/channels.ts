import { api } from "./client";
import { type Resource, useResource } from "./resource";
import type { Channel } from "./types";

/** All that this person works with; a network has few, a page of them is enough. */
export function useChannels(): Resource<readonly Channel[]> {
  return useResource("channels", async (signal) => (await api.get("/channels", { query: { limit: 200 }, signal })).items);
}
