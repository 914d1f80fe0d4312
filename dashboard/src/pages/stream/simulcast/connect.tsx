// Connecting an account of a platform: what it asks for, where to go, and waiting until it is done.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../../../api/client";
import { problemFrom } from "../../../api/problem";
import { refresh, useAction } from "../../../api/resource";
import { may } from "../../../api/session";
import { type Account, type AccountPlatform, type Prompt, usePlaces } from "../../../api/simulcast";
import { Button, LinkButton } from "../../../components/button";
import { CopyField } from "../../../components/copy";
import { Dialog } from "../../../components/dialog";
import { HowTo } from "../../../components/form-parts";
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
    setPrompt(await api.post("/channels/{channel}/accounts/{platform}/connect", { path: { channel, platform } }));
  });
  const trouble = begin.problem?.detail ?? refused;
  const unknown = usePlaces().data?.some((place) => place.platform === platform && !place.can_connect);
  const connected = (account: Account): void => {
    refresh("accounts", "destinations");
    toast(`Connected as ${account.name}.`);
    onDone(account);
  };
  const refuse = (why: string): void => {
    setRefused(why);
    setPrompt(null);
  };
  if (unknown) return <Unknown name={name} />;
  if (prompt !== null) return <Asked channel={channel} platform={platform} prompt={prompt} onDone={connected} onRefused={refuse} />;
  return (
    <div class="stack gap-3">
      <HowTo steps={CONNECTING[platform]} />
      {trouble && <Note tone="bad">{trouble}</Note>}
      <div class="row">
        <Button look="primary" icon="plug" busy={begin.busy} onClick={() => void begin.run()}>
          Connect {name}
        </Button>
      </div>
    </div>
  );
}

/** Nobody has registered this network there. */
function Unknown({ name }: { readonly name: string }): JSX.Element {
  return (
    <Note
      icon="plug"
      action={
        may("settings:write") && (
          <LinkButton size="small" href="/settings/platforms">
            Set it up
          </LinkButton>
        )
      }
    >
      Connecting a {name} account shows here whether {name} is live, sets title and category, and brings its chat. {may("settings:write") ? `Register this network with ${name} first: it takes five minutes.` : `An administrator has to register this network with ${name} first.`}
    </Note>
  );
}

interface AskedProps {
  readonly channel: string;
  readonly platform: AccountPlatform;
  readonly prompt: Prompt;
  readonly onDone: (account: Account) => void;
  readonly onRefused: (why: string) => void;
}

/** The person is over there; we ask now and then how it went. */
function Asked({ channel, platform, prompt, onDone, onRefused }: AskedProps): JSX.Element {
  const { name } = PLATFORMS[platform];
  const end = useRef({ onDone, onRefused });
  end.current = { onDone, onRefused };
  useEffect(() => {
    const mine = new AbortController();
    const look = async (): Promise<void> => {
      try {
        const found = await api.post("/channels/{channel}/accounts/connect/{flow_id}", { path: { channel, flow_id: prompt.id }, signal: mine.signal });
        if (mine.signal.aborted) return;
        if (found.account) end.current.onDone(found.account);
        else again();
      } catch (error) {
        const problem = problemFrom(error);
        if (mine.signal.aborted) return;
        if (problem.status === 0 || problem.status >= 500) again();
        else end.current.onRefused(problem.detail);
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
