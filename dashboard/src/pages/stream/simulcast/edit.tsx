import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api } from "../../../api/client";
import { refresh, useAction } from "../../../api/resource";
import type { Destination } from "../../../api/simulcast";
import type { Stream } from "../../../api/types";
import { Button } from "../../../components/button";
import { Dialog } from "../../../components/dialog";
import { Form, FormButtons } from "../../../components/field";
import { draftOf, type Draft, sentOf } from "./draft";
import { AddressFields, NameField, QualityFields } from "./fields";

interface EditProps {
  readonly channel: string;
  readonly item: Destination;
  readonly stream: Stream | undefined;
  readonly onClose: () => void;
}

export function EditDestination({ channel, item, stream, onClose }: EditProps): JSX.Element {
  const [draft, setDraft] = useState(() => draftOf(item));
  const change = (part: Partial<Draft>): void => setDraft({ ...draft, ...part });
  const save = useAction(async () => {
    const address = item.account_id === null ? { url: draft.url.trim(), ...(draft.key.trim() === "" ? {} : { key: draft.key.trim() }) } : {};
    await api.patch("/channels/{channel}/destinations/{destination_id}", { path: { channel, destination_id: item.id }, version: item.version, body: { ...sentOf(draft, item.encode), ...address } });
    refresh("destinations");
    onClose();
  });
  const fields = { draft, change, problem: save.problem };
  return (
    <Dialog title={`Edit ${item.name}`} onClose={onClose}>
      <Form onSubmit={() => void save.run()} problem={save.problem}>
        <NameField {...fields} first />
        {item.account_id === null && <AddressFields {...fields} platform={item.platform} keeps={item.has_key} />}
        <QualityFields {...fields} platform={item.platform} stream={stream} />
        {stream && item.enabled && <p class="small faint">It is on the air: what you change takes effect at once, and only there.</p>}
        <FormButtons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={save.busy} disabled={draft.name.trim() === ""}>
            Save
          </Button>
        </FormButtons>
      </Form>
    </Dialog>
  );
}
