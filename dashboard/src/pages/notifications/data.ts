import { api } from "../../api/client";
import { readAll } from "../../api/paged";
import { type Resource, useResource } from "../../api/resource";
import type { Rule, Target } from "./words";

export function useTargets(): Resource<readonly Target[]> {
  return useResource("targets", (signal) => readAll((query) => api.get("/targets", { query, signal })));
}

export function useRules(): Resource<readonly Rule[]> {
  return useResource("rules", (signal) => readAll((query) => api.get("/rules", { query, signal })));
}
