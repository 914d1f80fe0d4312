// What can be done with a channel beyond looking at it.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useAddresses } from "../../api/channels";
import { api } from "../../api/client";
import { refresh, useAction } from "../../api/resource";
import { may } from "../../api/session";
import type { Channel } from "../../api/types";
import { Button, LinkButton } from "../../components/button";
import { Confirm, Dialog, Menu, type MenuItem } from "../../components/dialog";
import { Form, FormButtons, TextField } from "../../components/field";
import { toast } from "../../components/toasts";
import { navigate } from "../../router";

type Asked = "disconnect" | "edit" | "delete";

export function Actions({ channel, live }: { readonly channel: Channel; readonly live: boolean }): JSX.Element {
  const watch = useAddresses(channel.name).data?.watch;
  const [asked, setAsked] = useState<Asked | null>(null);
  const items = offered(live, setAsked);
  const close = (): void => setAsked(null);
  return (
    <>
      {watch !== undefined && (
        <LinkButton href={watch} target="_blank" icon="external">
          Watch page
        </LinkButton>
      )}
      {items.length > 0 && <Menu label="More" items={items} />}
      {asked === "edit" && <Edit channel={channel} onClose={close} />}
      {asked === "disconnect" && <Disconnect channel={channel} onClose={close} />}
      {asked === "delete" && <Delete channel={channel} onClose={close} />}
    </>
  );
}

function offered(live: boolean, ask: (what: Asked) => void): MenuItem[] {
  const items: MenuItem[] = [];
  if (may("channels:write")) items.push({ label: "Edit title", icon: "edit", onChoose: () => ask("edit") });
  if (may("channels:write") && live) items.push({ label: "Disconnect", icon: "plug", danger: true, onChoose: () => ask("disconnect") });
  if (may("channels:manage")) items.push({ label: "Delete channel", icon: "trash", danger: true, onChoose: () => ask("delete") });
  return items;
}

interface Asking {
  readonly channel: Channel;
  readonly onClose: () => void;
}

function Edit({ channel, onClose }: Asking): JSX.Element {
  const [title, setTitle] = useState(channel.title);
  const save = useAction(async () => {
    await api.patch("/channels/{channel}", { path: { channel: channel.name }, version: channel.version, body: { title: title.trim() } });
    refresh("channels");
    onClose();
  });
  return (
    <Dialog title="Edit title" onClose={onClose}>
      <Form onSubmit={() => void save.run()} problem={save.problem}>
        <TextField label="Title" hint={<>Viewers’ address stays <code>/watch/{channel.name}</code></>} value={title} onChange={setTitle} problem={save.problem?.about("title")} first maxLength={100} />
        <FormButtons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={save.busy}>
            Save
          </Button>
        </FormButtons>
      </Form>
    </Dialog>
  );
}

function Disconnect({ channel, onClose }: Asking): JSX.Element {
  return (
    <Confirm
      title="Disconnect the broadcaster?"
      action="Disconnect"
      onClose={onClose}
      onConfirm={async () => {
        await api.post("/streams/{channel}/disconnect", { path: { channel: channel.name } });
        toast("The broadcaster is being disconnected.");
      }}
    >
      Viewers see the last picture, and the broadcast ends after half a minute unless the encoder returns. Rotate the key to keep it out.
    </Confirm>
  );
}

function Delete({ channel, onClose }: Asking): JSX.Element {
  return (
    <Confirm
      title={`Delete ${channel.title || channel.name}?`}
      action="Delete channel"
      onClose={onClose}
      onConfirm={async () => {
        await api.delete("/channels/{channel}", { path: { channel: channel.name }, version: channel.version });
        refresh("channels");
        navigate("/");
        toast(`${channel.title || channel.name} was deleted.`);
      }}
    >
      Its keys stop working at once and who is live is disconnected. This cannot be undone.
    </Confirm>
  );
}
