import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { askWhoIAm, session, standing, toLogin } from "./api/session";
import { Logo } from "./components/logo";
import { Failure, Note } from "./components/state";
import { Toasts } from "./components/toasts";
import { follow } from "./live/events";
import { keepHistories } from "./live/history";
import { forgetChat } from "./live/chat";
import { forgetLive } from "./live/store";
import { navigate, path } from "./router";
import { Frame } from "./shell/frame";
import { find, PageView } from "./shell/page-view";

const ACCOUNT = "/settings";

export function App(): JSX.Element {
  return (
    <>
      <Room />
      <Toasts />
    </>
  );
}

function Room(): JSX.Element {
  const open = find(path.value)?.route.open ?? false;
  const now = standing.value;
  useEffect(() => {
    if (now.state === "out" && !open) toLogin();
  }, [now.state, open]);
  const unproven = useProof(open);
  useLive(unproven ? undefined : session.value?.user.id);
  if (open) return <PageView />;
  if (now.state === "in") return <Inside unproven={unproven} />;
  return (
    <main class="alone" aria-busy={now.state !== "unreachable"}>
      {now.state === "unreachable" ? <Failure problem={now.problem} retry={() => void askWhoIAm()} /> : <Logo size={36} />}
    </main>
  );
}

function Inside({ unproven }: { readonly unproven: boolean }): JSX.Element {
  return (
    <Frame>
      {unproven && (
        <div class="frame-note">
          <Note tone="unsteady">People with your role need a second factor here. Set yours up to go on.</Note>
        </div>
      )}
      <PageView />
    </Frame>
  );
}

/** Where the network asks for a second factor, only the page that sets it up is open without one. */
function useProof(open: boolean): boolean {
  const unproven = session.value?.second_factor_needed ?? false;
  const elsewhere = unproven && !open && path.value !== ACCOUNT;
  useEffect(() => {
    if (elsewhere) navigate(ACCOUNT, { replace: true });
  }, [elsewhere]);
  return unproven;
}

/** Follow the events as long as somebody is logged in. */
function useLive(user: string | undefined): void {
  useEffect(() => {
    if (user === undefined) return undefined;
    const leave = [follow(), keepHistories(), forgetLive, forgetChat];
    return () => leave.forEach((act) => act());
  }, [user]);
}
