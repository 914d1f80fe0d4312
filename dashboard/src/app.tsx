import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { askWhoIAm, session, standing, toLogin } from "./api/session";
import { Logo } from "./components/logo";
import { Failure } from "./components/state";
import { Toasts } from "./components/toasts";
import { follow } from "./live/events";
import { keepHistories } from "./live/history";
import { forgetLive } from "./live/store";
import { path } from "./router";
import { Frame } from "./shell/frame";
import { find, PageView } from "./shell/page-view";

export function App(): JSX.Element {
  return (
    <>
      <Room />
      <Toasts />
    </>
  );
}

function Room(): JSX.Element | null {
  const open = find(path.value)?.route.open ?? false;
  const { state } = standing.value;
  useEffect(() => {
    if (state === "out" && !open) toLogin();
  }, [state, open]);
  useLive(session.value?.user.id);
  if (open) return <PageView />;
  if (state === "in")
    return (
      <Frame>
        <PageView />
      </Frame>
    );
  if (standing.value.state === "unreachable")
    return (
      <main class="alone">
        <Failure problem={standing.value.problem} retry={() => void askWhoIAm()} />
      </main>
    );
  return (
    <main class="alone" aria-busy="true">
      <Logo size={36} />
    </main>
  );
}

/** Follow the events as long as somebody is logged in. */
function useLive(user: string | undefined): void {
  useEffect(() => {
    if (user === undefined) return undefined;
    const leave = [follow(), keepHistories(), forgetLive];
    return () => leave.forEach((act) => act());
  }, [user]);
}
