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
  { pattern: "/setup", load: () => import("./pages/setup/page"), open: true },
  { pattern: "/login", load: () => import("./pages/login/page"), open: true },
];
