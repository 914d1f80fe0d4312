import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { useAction } from "../../api/resource";
import { Button } from "../../components/button";
import { Dialog } from "../../components/dialog";
import { Form, FormButtons, TextField } from "../../components/field";
import type { Broadcast } from "./page";

const TITLE_MAX = 200;

export function Rename({ broadcast, onClose }: { readonly broadcast: Broadcast; readonly onClose: () => void }): JSX.Element {
  const [title, setTitle] = useState(broadcast.title);
  const { run, busy, problem } = useAction(() => api.patch("/broadcasts/{broadcast_id}", { path: { broadcast_id: broadcast.id }, version: broadcast.version, body: { title } }));
  return (
    <Dialog title="Rename the broadcast" onClose={onClose}>
      <Form onSubmit={() => void run().then((worked) => worked && onClose())} problem={problem}>
        <TextField label="Title" value={title} onChange={setTitle} maxLength={TITLE_MAX} problem={problem?.about("title")} first />
        <FormButtons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={busy}>
            Rename
          </Button>
        </FormButtons>
      </Form>
    </Dialog>
  );
}
