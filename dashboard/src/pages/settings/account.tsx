// One's own account: what proves who one is, and where one is logged in.
import type { JSX } from "preact";
import { session } from "../../api/session";
import { Note } from "../../components/state";
import { Header } from "./header";
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
        {session.value?.second_factor_needed && <Note tone="unsteady">People with your role need a second factor here. Switch it on, and everything else is open to you.</Note>}
        <SecondFactorCard me={me} />
        <PasswordCard me={me} />
        <SessionsCard />
        <EmailCard me={me} />
      </div>
    </>
  );
}
