import type { ComponentChildren, JSX } from "preact";
import { type Action, may } from "../../api/session";
import { PageHeader } from "../../components/card";
import { SubNav } from "../../components/tabs";
import { path } from "../../router";
import { useTitle } from "../../shell/title";

const LINKS: readonly { readonly href: string; readonly label: string; readonly action?: Action }[] = [
  { href: "/notifications", label: "Rules and targets" },
  { href: "/notifications/deliveries", label: "Deliveries" },
  { href: "/notifications/mail", label: "Mail server", action: "settings:read" },
];

export function Header({ children }: { readonly children?: ComponentChildren }): JSX.Element {
  useTitle("Notifications");
  return (
    <>
      <PageHeader title="Notifications" about="Who is told what happens, and by which way.">
        {children}
      </PageHeader>
      <SubNav label="Notifications" links={LINKS.filter(({ action }) => action === undefined || may(action))} current={path.value} />
    </>
  );
}
