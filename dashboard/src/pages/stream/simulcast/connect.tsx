// Connecting an account of a platform: what it asks for, where to go, and waiting until it is done.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { call } from "../../../api/client";
import { problemFrom } from "../../../api/problem";
import { refresh, useAction } from "../../../api/resource";
import { may } from "../../../api/session";
import type { Account, AccountPlatform, Connecting, Prompt } from "../../../api/simulcast";
import { Button, LinkButton } from "../../../components/button";
import { CopyField } from "../../../components/copy";
import { Dialog } from "../../../components/dialog";
import { PLATFORMS } from "../../../components/platform";
import { Note } from "../../../components/state";
import { toast } from "../../../components/toasts";
import { CONNECTING } from "./places";

const ASK_MIN_S = 1;

export interface ConnectStepsProps {
  readonly channel: string;
  readonly platform: AccountPlatform;
  readonly onDone: (account: Account) => void;
}

export function Connect({ onClose, ...steps }: ConnectStepsProps & { readonly onClose: () => void }): JSX.Element {
  return (
    <Dialog title={`Connect ${PLATFORMS[steps.platform].name}`} onClose={onClose}>
      <ConnectSteps {...steps} />
    </Dialog>
  );
}

export function ConnectSteps({ channel, platform, onDone }: ConnectStepsProps): JSX.Element {
  const [prompt, setPrompt] = useState<Prompt | null>(null);
  const [refused, setRefused] = useState("");
  const { name } = PLATFORMS[platform];
  const begin = useAction(async () => {
    setRefused("");
    setPrompt(await call<Prompt>("POST", `/channels/${channel}/accounts/${platform}/connect`));
  });
  const trouble = begin.problem?.detail ?? refused;
  const appMissing = begin.problem?.kind === "no-app";
  const ended = (found: Connecting): void => {
    if (found.account === null) {
      setRefused(found.text || `${name} did not let us in.`);
      setPrompt(null);
      return;
    }
    refresh("accounts", "destinations");
    toast(`Connected as ${found.account.name}.`);
    onDone(found.account);
  };
  if (prompt !== null) return <Asked channel={channel} platform={platform} prompt={prompt} onEnd={ended} />;
  return (
    <div class="stack gap-3">
      <ol class="steps">
        {CONNECTING[platform].map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      {trouble && (
        <Note tone="bad" action={appMissing && may("settings:write") && <LinkButton size="small" href="/settings/platforms">Set it up</LinkButton>}>
          {trouble}
        </Note>
      )}
      <div class="row">
        <Button look="primary" icon="plug" busy={begin.busy} onClick={() => void begin.run()}>
          Connect {name}
        </Button>
      </div>
    </div>
  );
}

interface AskedProps {
  readonly channel: string;
  readonly platform: AccountPlatform;
  readonly prompt: Prompt;
  readonly onEnd: (found: Connecting) => void;
}

/** The person is over there; we ask now and then how it went. */
function Asked({ channel, platform, prompt, onEnd }: AskedProps): JSX.Element {
  const { name } = PLATFORMS[platform];
  const end = useRef(onEnd);
  end.current = onEnd;
  useEffect(() => {
    const mine = new AbortController();
    const look = async (): Promise<void> => {
      try {
        const found = await call<Connecting>("POST", `/channels/${channel}/accounts/connect/${prompt.id}`, { signal: mine.signal });
        if (mine.signal.aborted) return;
        if (found.state !== "waiting") end.current(found);
        else again();
      } catch (error) {
        const problem = problemFrom(error);
        if (mine.signal.aborted) return;
        if (problem.status === 0 || problem.status >= 500) again();
        else end.current({ state: "refused", text: problem.detail, account: null });
      }
    };
    let timer: ReturnType<typeof setTimeout>;
    const again = (): void => void (timer = setTimeout(() => void look(), Math.max(ASK_MIN_S, prompt.interval_s) * 1000));
    again();
    return () => {
      mine.abort();
      clearTimeout(timer);
    };
  }, [channel, prompt]);
  return (
    <div class="stack">
      {prompt.user_code && <CopyField label={`Code to enter at ${name}`} value={prompt.user_code} />}
      <div class="row">
        <LinkButton look="primary" icon="external" href={prompt.url} target="_blank">
          Open {name}
        </LinkButton>
      </div>
      <p class="waiting-line" role="status">
        <span class="waiting-pulse" aria-hidden="true" /> Waiting for you to say yes at {name}…
      </p>
    </div>
  );
}
