// The room around every page: where one can go, who one is, whether the figures are fresh.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useChannels } from "../api/channels";
import { api } from "../api/client";
import { useResource } from "../api/resource";
import { type Action, logOut, may, session } from "../api/session";
import { Avatar, Dot } from "../components/badge";
import { IconButton } from "../components/button";
import { Menu } from "../components/dialog";
import { Icon, type IconName } from "../components/icon";
import { Logo } from "../components/logo";
import { connection, streams } from "../live/store";
import { path } from "../router";
import { setTheme, type Theme, theme } from "../theme";
import "./frame.css";

interface Place {
  readonly href: string;
  readonly label: string;
  readonly icon: IconName;
  readonly action?: Action;
}

const PLACES: readonly Place[] = [
  { href: "/", label: "Home", icon: "home" },
  { href: "/broadcasts", label: "Broadcasts", icon: "film", action: "recordings:read" },
  { href: "/people", label: "People", icon: "people", action: "users:read" },
  { href: "/notifications", label: "Notifications", icon: "bell", action: "notices:read" },
  { href: "/audit", label: "Audit log", icon: "list", action: "audit:read" },
  { href: "/settings", label: "Settings", icon: "gear" },
];

export function Frame({ children }: { readonly children: ComponentChildren }): JSX.Element {
  const [open, setOpen] = useState(false);
  const site = useResource(may("live:read") ? "settings/site" : null, (signal) => api.get("/settings/site", { signal }));
  useEffect(() => setOpen(false), [path.value]);
  return (
    <div class={`frame${open ? " open" : ""}`}>
      <a class="skip" href="#main" onClick={skip}>
        To the content
      </a>
      <header class="frame-top">
        <Brand name={site.data?.name} />
        <IconButton icon={open ? "cross" : "list"} label={open ? "Close the menu" : "Menu"} aria-expanded={open} onClick={() => setOpen(!open)} />
      </header>
      <aside class="frame-side">
        <Brand name={site.data?.name} />
        <nav class="frame-nav" aria-label="Main">
          <Places />
          <Channels />
        </nav>
        <Me />
      </aside>
      <main class="frame-main" id="main" tabIndex={-1}>
        <Connection />
        {children}
      </main>
    </div>
  );
}

/** What an administrator calls this network. */
function Brand({ name = "manycast" }: { readonly name?: string | undefined }): JSX.Element {
  return (
    <a class="brand" href="/">
      <Logo /> <span class="cut">{name}</span>
    </a>
  );
}

function skip(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>("#main")?.focus();
}

function here(href: string): "page" | "true" | undefined {
  if (path.value === href) return "page";
  return href !== "/" && path.value.startsWith(`${href}/`) ? "true" : undefined;
}

function Places(): JSX.Element {
  return (
    <ul>
      {PLACES.filter(({ action }) => action === undefined || may(action)).map(({ href, label, icon }) => (
        <li key={href}>
          <a class="frame-link" href={href} aria-current={here(href)}>
            <Icon name={icon} />
            {label}
          </a>
        </li>
      ))}
    </ul>
  );
}

function Channels(): JSX.Element | null {
  const { data } = useChannels();
  if (data === undefined || data.length === 0) return null;
  return (
    <div>
      <h2 class="frame-heading">Channels</h2>
      <ul>
        {data.map(({ name, title }) => {
          const state = streams.value.get(name)?.state;
          const live = state === "live" || state === "starting" || state === "reconnecting";
          return (
            <li key={name}>
              <a class="frame-link channel" href={`/streams/${name}`} aria-current={here(`/streams/${name}`)}>
                <Dot tone={state === "reconnecting" ? "unsteady" : live ? "live" : "off"} beating={state === "live"} label={live ? "On the air:" : ""} />
                <span class="cut">{title || name}</span>
              </a>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };
const LOOKS: Record<Theme, readonly [IconName, string]> = {
  system: ["screen", "Colours: as the system"],
  light: ["sun", "Colours: light"],
  dark: ["moon", "Colours: dark"],
};

function Me(): JSX.Element | null {
  const who = session.value;
  const [icon, label] = LOOKS[theme.value];
  if (who === null) return null;
  return (
    <div class="frame-me">
      <a class="row stay grow" href="/settings">
        <Avatar name={who.user.name} />
        <span class="grow">
          <span class="cut">{who.user.name}</span>
          <span class="faint small">{who.user.role}</span>
        </span>
      </a>
      <IconButton icon={icon} label={label} onClick={() => setTheme(NEXT[theme.value])} />
      <Menu label="Account" items={[{ label: "Log out", icon: "out", onChoose: () => void logOut() }]} />
    </div>
  );
}

const PATIENCE_MS = 1500; // a restart of the control role should not flash a warning

function Connection(): JSX.Element | null {
  const [late, setLate] = useState(false);
  const lost = connection.value === "lost";
  useEffect(() => {
    if (!lost) return undefined;
    const timer = setTimeout(() => setLate(true), PATIENCE_MS);
    return () => {
      clearTimeout(timer);
      setLate(false);
    };
  }, [lost]);
  if (!late) return null;
  return (
    <div class="frame-lost" role="status">
      <Icon name="plug" size={16} />
      <span>
        <strong>Connection lost.</strong> Figures are old; streams go on by themselves. Trying again…
      </span>
    </div>
  );
}
