// A new destination in three steps: which platform, whose account or key, how it is sent.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, newOnce } from "../../../api/client";
import { refresh, useAction } from "../../../api/resource";
import { type Account, type AccountPlatform, type Platform, useAccounts } from "../../../api/simulcast";
import type { Stream } from "../../../api/types";
import { Button, IconButton } from "../../../components/button";
import { Confirm, Dialog } from "../../../components/dialog";
import { Form, FormButtons } from "../../../components/field";
import { Details } from "../../../components/form-parts";
import { PlatformMark, PLATFORMS } from "../../../components/platform";
import { Loaded } from "../../../components/state";
import { toast } from "../../../components/toasts";
import { ConnectSteps } from "./connect";
import { begun, type Draft, sentOf } from "./draft";
import { AddressFields, NameField, QualityFields } from "./fields";
import { PLACES } from "./places";

interface AddProps {
  readonly channel: string;
  readonly begin: Platform | null;
  readonly stream: Stream | undefined;
  readonly onClose: () => void;
}

const KEY = "key";

export function AddDestination({ channel, begin, stream, onClose }: AddProps): JSX.Element {
  const [platform, setPlatform] = useState(begin);
  const [by, setBy] = useState<Account | typeof KEY | null>(null);
  const title = platform === null ? "Add a destination" : platform === "custom" ? "Send to your own server" : `Send to ${PLATFORMS[platform].name}`;
  return (
    <Dialog title={title} onClose={onClose}>
      {platform === null ? (
        <WhichPlatform onChoose={setPlatform} />
      ) : platform !== "custom" && by === null ? (
        <WhoseAccount channel={channel} platform={platform} onAccount={setBy} onKey={() => setBy(KEY)} />
      ) : (
        <HowSent channel={channel} platform={platform} account={by === KEY ? null : by} stream={stream} onClose={onClose} />
      )}
    </Dialog>
  );
}

function WhichPlatform({ onChoose }: { readonly onChoose: (platform: Platform) => void }): JSX.Element {
  return (
    <ul class="offers">
      {(Object.keys(PLATFORMS) as Platform[]).map((platform) => (
        <li key={platform}>
          <button type="button" class="offer wide" onClick={() => onChoose(platform)}>
            <PlatformMark platform={platform} />
            <span class="grow">
              {PLATFORMS[platform].name}
              <span class="offer-about">{PLACES[platform].about}</span>
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

interface WhoseProps {
  readonly channel: string;
  readonly platform: AccountPlatform;
  readonly onAccount: (account: Account) => void;
  readonly onKey: () => void;
}

function WhoseAccount(props: WhoseProps): JSX.Element {
  const accounts = useAccounts(props.channel);
  return <Loaded resource={accounts}>{(all) => <Whose {...props} all={all} />}</Loaded>;
}

function Whose({ channel, platform, onAccount, onKey, all }: WhoseProps & { readonly all: readonly Account[] }): JSX.Element {
  const usable = all.filter((account) => account.platform === platform && account.state === "connected");
  const [first] = useState(() => new Set(usable.map(({ id }) => id)));
  const known = usable.filter(({ id }) => first.has(id)); // one that comes meanwhile is the one that is being connected below
  return (
    <div class="stack">
      {known.map((account) => (
        <Known key={account.id} channel={channel} account={account} onChoose={() => onAccount(account)} />
      ))}
      {first.size === 0 ? (
        <ConnectSteps channel={channel} platform={platform} onDone={onAccount} />
      ) : (
        <Details summary="Connect another account">
          <ConnectSteps channel={channel} platform={platform} onDone={onAccount} />
        </Details>
      )}
      <div class="or-line">
        <span>or</span>
      </div>
      <Button look="quiet" icon="key" onClick={onKey}>
        Use a stream key instead
      </Button>
      <p class="small faint">With a key alone nobody here can see whether {PLATFORMS[platform].name} shows the stream, or change its title.</p>
    </div>
  );
}

/** An account that is connected already: to be used, or to be let go. */
function Known({ channel, account, onChoose }: { readonly channel: string; readonly account: Account; readonly onChoose: () => void }): JSX.Element {
  const [leaving, setLeaving] = useState(false);
  const { name } = PLATFORMS[account.platform];
  return (
    <div class="row stay gap-1">
      <button type="button" class="offer wide" onClick={onChoose}>
        <PlatformMark platform={account.platform} />
        <span class="grow">
          {account.name}
          <span class="offer-about">Connected already</span>
        </span>
      </button>
      <IconButton icon="cross" label={`Disconnect ${account.name}`} onClick={() => setLeaving(true)} />
      {leaving && (
        <Confirm
          title={`Disconnect ${account.name}?`}
          action="Disconnect account"
          onClose={() => setLeaving(false)}
          onConfirm={async () => {
            await api.delete("/channels/{channel}/accounts/{account_id}", { path: { channel, account_id: account.id } });
            refresh("accounts", "destinations");
          }}
        >
          {name} is told to take back what it allowed. Destinations that use this account stop.
        </Confirm>
      )}
    </div>
  );
}

interface HowProps {
  readonly channel: string;
  readonly platform: Platform;
  readonly account: Account | null;
  readonly stream: Stream | undefined;
  readonly onClose: () => void;
}

function HowSent({ channel, platform, account, stream, onClose }: HowProps): JSX.Element {
  const [draft, setDraft] = useState(() => begun(platform));
  const [once] = useState(newOnce);
  const change = (part: Partial<Draft>): void => setDraft({ ...draft, ...part });
  const add = useAction(async () => {
    const address = account === null ? { url: draft.url.trim(), key: draft.key.trim() } : { url: "", key: "", account_id: account.id };
    await api.post("/channels/{channel}/destinations", { path: { channel }, once, body: { ...sentOf(draft), ...address, platform, enabled: true } });
    refresh("destinations");
    toast(stream ? `${draft.name} begins now.` : `${draft.name} begins with the stream.`);
    onClose();
  });
  const fields = { draft, change, problem: add.problem };
  return (
    <Form onSubmit={() => void add.run()} problem={add.problem}>
      {account && (
        <div class="row stay gap-3 connected-as">
          <PlatformMark platform={platform} />
          <span class="grow">
            <strong>{account.name}</strong>
            <span class="soft small">Address and key come from {PLATFORMS[platform].name} by themselves.</span>
          </span>
        </div>
      )}
      <NameField {...fields} first={platform === "custom" || account !== null} />
      {account === null && <AddressFields {...fields} platform={platform} />}
      <QualityFields {...fields} platform={platform} stream={stream} />
      <FormButtons>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={add.busy} disabled={draft.name.trim() === "" || (account === null && draft.url.trim() === "")}>
          Add destination
        </Button>
      </FormButtons>
    </Form>
  );
}
