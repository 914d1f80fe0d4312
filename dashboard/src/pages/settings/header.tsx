import type { JSX } from "preact";
import { type Action, may } from "../../api/session";
import { PageHeader } from "../../components/card";
import { SubNav } from "../../components/tabs";
import { path } from "../../router";
import { useTitle } from "../../shell/title";

const LINKS: readonly { readonly href: string; readonly label: string; readonly action?: Action }[] = [
  { href: "/settings", label: "Account" },
  { href: "/settings/keys", label: "API keys" },
  { href: "/settings/site", label: "Site", action: "settings:read" },
  { href: "/settings/sign-on", label: "Single sign-on", action: "settings:write" },
  { href: "/settings/platforms", label: "Platforms", action: "settings:write" },
  { href: "/settings/network", label: "Network", action: "settings:read" },
];

export function Header(): JSX.Element {
  useTitle("Settings");
  return (
    <>
      <PageHeader title="Settings" />
      <SubNav label="Settings" links={LINKS.filter(({ action }) => action === undefined || may(action))} current={path.value} />
    </>
  );
}
