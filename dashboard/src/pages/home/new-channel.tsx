import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { nameFor, rememberFresh } from "../../api/channels";
import { api, newOnce } from "../../api/client";
import { refresh, useAction } from "../../api/resource";
import { Button } from "../../components/button";
import { Dialog } from "../../components/dialog";
import { Form, FormButtons, TextField } from "../../components/field";
import { navigate } from "../../router";

/** A title is all it takes; the stream's name follows from it. */
export function ChannelForm({ action, onCancel }: { readonly action: string; readonly onCancel?: () => void }): JSX.Element {
  const [title, setTitle] = useState("");
  const [once] = useState(newOnce);
  const name = nameFor(title);
  const create = useAction(async () => {
    const made = await api.post("/channels", { body: { name, title: title.trim(), description: "", recording: null }, once: `${once}-${name}` });
    rememberFresh(name, made.key);
    refresh("channels");
    navigate(`/streams/${name}`);
  });
  const problem = create.problem?.about("name") ?? create.problem?.about("title");
  return (
    <Form onSubmit={() => void create.run()} problem={create.problem} label="New channel">
      <TextField label="Name" placeholder="Main stage" value={title} onChange={setTitle} problem={problem} first required maxLength={100} autoComplete="off" hint={name === "" ? "A show, a room, a camera: whatever goes live on its own." : <>Viewers watch at <code>/watch/{name}</code></>} />
      <FormButtons>
        {onCancel && <Button onClick={onCancel}>Cancel</Button>}
        <Button type="submit" look="primary" busy={create.busy} disabled={name === ""}>
          {action}
        </Button>
      </FormButtons>
    </Form>
  );
}

export function NewChannel({ onClose }: { readonly onClose: () => void }): JSX.Element {
  return (
    <Dialog title="New channel" onClose={onClose}>
      <ChannelForm action="Create channel" onCancel={onClose} />
    </Dialog>
  );
}
