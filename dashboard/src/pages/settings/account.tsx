// One's own account: what proves who one is, and where one is logged in.
import type { JSX } from "preact";
import { session } from "../../api/session";
import { Header } from "./header";
import { IdentitiesCard } from "./identities";
import { EmailCard, PasswordCard } from "./password";
import { SecondFactorCard } from "./second-factor";
import { SessionsCard } from "./sessions";
import "./settings.css";

export function Page(): JSX.Element | null {
  const me = session.value?.user;
  if (me === undefined) return null;
  return (
    <>
      <Header />
      <div class="settings-column">
        <SecondFactorCard me={me} />
        <PasswordCard me={me} />
        <IdentitiesCard />
        <SessionsCard />
        <EmailCard me={me} />
      </div>
    </>
  );
}
