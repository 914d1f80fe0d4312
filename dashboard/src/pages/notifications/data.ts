import { api } from "../../api/client";
import { type Resource, useResource } from "../../api/resource";
import type { Rule, Target } from "./words";

const ALL = 200; // more than the server lets anybody have

export function useTargets(): Resource<readonly Target[]> {
  return useResource("targets", async (signal) => (await api.get("/targets", { query: { limit: ALL }, signal })).items);
}

export function useRules(): Resource<readonly Rule[]> {
  return useResource("rules", async (signal) => (await api.get("/rules", { query: { limit: ALL }, signal })).items);
}
