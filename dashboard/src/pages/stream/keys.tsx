// A channel's stream keys: how each begins, when it was used, and the ways to end it.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { rememberFresh } from "../../api/channels";
import { api, newOnce } from "../../api/client";
import { readAll } from "../../api/paged";
import { refresh, useAction, useResource } from "../../api/resource";
import type { StreamKey } from "../../api/types";
import { Button } from "../../components/button";
import { Confirm, Dialog, Menu } from "../../components/dialog";
import { Checkbox, Form, FormButtons, TextField } from "../../components/field";
import { Icon } from "../../components/icon";
import { Loaded } from "../../components/state";
import { Ago } from "../../components/time";
import { toast } from "../../components/toasts";

type Doing = { readonly what: "new" } | { readonly what: "rotate" | "revoke"; readonly key: StreamKey };

export function Keys({ channel }: { readonly channel: string }): JSX.Element {
  const keys = useResource(`keys/${channel}`, (signal) => readAll((query) => api.get("/channels/{channel}/keys", { path: { channel }, query, signal })));
  const [doing, setDoing] = useState<Doing | null>(null);
  const close = (): void => setDoing(null);
  return (
    <div class="stack gap-2">
      <div class="row stay between">
        <h3 class="keys-title">Stream keys</h3>
        <Button size="small" look="quiet" icon="plus" onClick={() => setDoing({ what: "new" })}>
          New key
        </Button>
      </div>
      <Loaded resource={keys}>
        {(items) => (
          <ul class="keys">
            {items.map((key) => (
              <KeyLine key={key.id} item={key} onDo={(what) => setDoing({ what, key })} />
            ))}
            {items.length === 0 && <li class="soft small keys-none">No key: nobody can publish to this channel.</li>}
          </ul>
        )}
      </Loaded>
      {doing?.what === "new" && <NewKey channel={channel} onClose={close} />}
      {doing?.what === "rotate" && <Rotate channel={channel} item={doing.key} onClose={close} />}
      {doing?.what === "revoke" && <Revoke channel={channel} item={doing.key} onClose={close} />}
    </div>
  );
}

function KeyLine({ item, onDo }: { readonly item: StreamKey; readonly onDo: (what: "rotate" | "revoke") => void }): JSX.Element {
  return (
    <li class="key">
      <Icon name="key" size={16} />
      <div class="grow">
        <p class="cut">{item.name}</p>
        <p class="small faint">
          <code>{item.hint}…</code> · {item.used_at === null ? "never used" : <>used <Ago at={item.used_at} /></>}
        </p>
      </div>
      <Menu
        label={`Key ${item.name}`}
        items={[
          { label: "Rotate", icon: "rotate", onChoose: () => onDo("rotate") },
          { label: "Revoke", icon: "trash", danger: true, onChoose: () => onDo("revoke") },
        ]}
      />
    </li>
  );
}

function NewKey({ channel, onClose }: { readonly channel: string; readonly onClose: () => void }): JSX.Element {
  const [name, setName] = useState("");
  const [once] = useState(newOnce);
  const make = useAction(async () => {
    rememberFresh(channel, await api.post("/channels/{channel}/keys", { path: { channel }, body: { name: name.trim() }, once }));
    refresh("keys");
    onClose();
  });
  return (
    <Dialog title="New stream key" onClose={onClose}>
      <Form onSubmit={() => void make.run()} problem={make.problem}>
        <TextField label="Name" hint="Who or what publishes with it, so that it can be revoked alone." placeholder="Ada’s laptop" value={name} onChange={setName} problem={make.problem?.about("name")} first required maxLength={64} autoComplete="off" />
        <FormButtons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={make.busy} disabled={name.trim() === ""}>
            Make key
          </Button>
        </FormButtons>
      </Form>
    </Dialog>
  );
}

interface OneKey {
  readonly channel: string;
  readonly item: StreamKey;
  readonly onClose: () => void;
}

function Rotate({ channel, item, onClose }: OneKey): JSX.Element {
  const [disconnect, setDisconnect] = useState(false);
  const rotate = useAction(async () => {
    const path = { channel, key_id: item.id };
    rememberFresh(channel, await api.post("/channels/{channel}/keys/{key_id}/rotate", { path, body: { disconnect } }));
    refresh("keys");
    toast(`The old key of ${item.name} is refused from now on.`);
    onClose();
  });
  return (
    <Dialog title={`Rotate ${item.name}`} onClose={onClose}>
      <Form onSubmit={() => void rotate.run()} problem={rotate.problem}>
        <p class="soft">A new key takes its place. The old one is refused the next time somebody publishes with it.</p>
        <Checkbox label="Disconnect who is live now" hint="Leave it off to rotate in the middle of a show." checked={disconnect} onChange={setDisconnect} />
        <FormButtons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={rotate.busy}>
            Rotate key
          </Button>
        </FormButtons>
      </Form>
    </Dialog>
  );
}

function Revoke({ channel, item, onClose }: OneKey): JSX.Element {
  return (
    <Confirm
      title={`Revoke ${item.name}?`}
      action="Revoke key"
      onClose={onClose}
      onConfirm={async () => {
        await api.delete("/channels/{channel}/keys/{key_id}", { path: { channel, key_id: item.id } });
        rememberFresh(channel, null);
        refresh("keys");
        toast(`${item.name} was revoked.`);
      }}
    >
      Nobody can publish with <code>{item.hint}…</code> any more. This cannot be undone; a new key can be made.
    </Confirm>
  );
}
