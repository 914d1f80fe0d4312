// Every page: its address, and how it is fetched when somebody goes there.
import type { ComponentType } from "preact";
import type { Parameters } from "./router";

export interface PageProps {
  readonly parameters: Parameters;
}

export interface Route {
  readonly pattern: string;
  /** A page's module exports it as `Page`. */
  readonly load: () => Promise<{ readonly Page: ComponentType<PageProps> }>;
  /** Before logging in, without the navigation. */
  readonly open?: boolean;
}

export const ROUTES: readonly Route[] = [
  { pattern: "/", load: () => import("./pages/home/page") },
  { pattern: "/streams/:channel", load: () => import("./pages/stream/page") },
  { pattern: "/broadcasts", load: () => import("./pages/broadcasts/page") },
  { pattern: "/broadcasts/:id", load: () => import("./pages/broadcast/page") },
  { pattern: "/notifications", load: () => import("./pages/notifications/page") },
  { pattern: "/notifications/deliveries", load: () => import("./pages/notifications/deliveries") },
  { pattern: "/notifications/mail", load: () => import("./pages/notifications/mail") },
  { pattern: "/people", load: () => import("./pages/people/page") },
  { pattern: "/audit", load: () => import("./pages/audit/page") },
  { pattern: "/settings", load: () => import("./pages/settings/account") },
  { pattern: "/settings/keys", load: () => import("./pages/settings/keys") },
  { pattern: "/settings/site", load: () => import("./pages/settings/site") },
  { pattern: "/settings/sign-on", load: () => import("./pages/settings/sign-on") },
  { pattern: "/settings/platforms", load: () => import("./pages/settings/platforms") },
  { pattern: "/settings/network", load: () => import("./pages/settings/network") },
  { pattern: "/setup", load: () => import("./pages/setup/page"), open: true },
  { pattern: "/invite", load: () => import("./pages/invite/page"), open: true },
  { pattern: "/login", load: () => import("./pages/login/page"), open: true },
];
