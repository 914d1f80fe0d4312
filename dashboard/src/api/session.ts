// Who is using the page.
import { computed, signal } from "@preact/signals";
import { navigate, place } from "../router";
import { api, useToken, whenUnauthenticated } from "./client";
import { type Problem, problemFrom } from "./problem";
import { forget } from "./resource";
import type { Session } from "./types";

export type Standing = { readonly state: "asking" } | { readonly state: "in"; readonly session: Session } | { readonly state: "out" } | { readonly state: "unreachable"; readonly problem: Problem };

export const standing = signal<Standing>({ state: "asking" });
export const session = computed(() => (standing.value.state === "in" ? standing.value.session : null));

export type Action = Session["actions"][number];

/** Whether to offer something; the server decides again when it is asked. */
export function may(action: Action): boolean {
  return session.value?.actions.includes(action) ?? false;
}

export async function askWhoIAm(): Promise<void> {
  try {
    begin(await api.get("/session"));
  } catch (error) {
    const problem = problemFrom(error);
    if (problem.status === 401) standing.value = { state: "out" };
    else if (standing.peek().state !== "in") standing.value = { state: "unreachable", problem };
  }
}

export function begin(now: Session): void {
  useToken(now.csrf_token ?? "");
  if (session.peek()?.user.id !== now.user.id) forget();
  standing.value = { state: "in", session: now };
}

export async function logOut(): Promise<void> {
  await api.delete("/session");
  end();
}

export function end(): void {
  useToken("");
  forget();
  standing.value = { state: "out" };
}

whenUnauthenticated(() => {
  if (standing.peek().state === "in") end();
});

/** Where to go after logging in: only ever a page of ours. */
export function afterLogin(): string {
  const next = place.value.query.get("next") ?? "/";
  return next.startsWith("/") && !next.startsWith("//") && !next.startsWith("/\\") ? next : "/";
}

export function toLogin(): void {
  const { path, query } = place.peek();
  const here = path + (query.size > 0 ? `?${query}` : "");
  navigate(here === "/" ? "/login" : `/login?next=${encodeURIComponent(here)}`, { replace: true });
}
