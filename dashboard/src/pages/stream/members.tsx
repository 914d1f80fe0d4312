// Who works with this channel besides those who work with all of them.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { readAll } from "../../api/paged";
import { refresh, useAction, useResource } from "../../api/resource";
import { may } from "../../api/session";
import { Avatar } from "../../components/badge";
import { Button, IconButton } from "../../components/button";
import { Card } from "../../components/card";
import { Dialog } from "../../components/dialog";
import { Form, FormButtons, SelectField } from "../../components/field";
import { Loaded, Note } from "../../components/state";
import { toast } from "../../components/toasts";

export function Members({ channel }: { readonly channel: string }): JSX.Element {
  const members = useResource(`members/${channel}`, (signal) => readAll((query) => api.get("/channels/{channel}/members", { path: { channel }, query, signal })));
  const [adding, setAdding] = useState(false);
  const canAdd = may("channels:manage") && may("users:read");
  const remove = useAction(async (user_id: string, name: string) => {
    await api.delete("/channels/{channel}/members/{user_id}", { path: { channel, user_id } });
    refresh("members");
    toast(`${name} no longer works with this channel.`);
  });
  const add = canAdd && (
    <Button size="small" look="quiet" icon="plus" onClick={() => setAdding(true)}>
      Add
    </Button>
  );
  return (
    <Card title="People" aside={add} flush>
      <Loaded resource={members}>
        {(items) => (
          <ul class="members">
            {items.map(({ user_id, name, role }) => (
              <li key={user_id}>
                <Avatar name={name} />
                <span class="grow cut">{name}</span>
                <span class="small faint">{role}</span>
                {may("channels:manage") && <IconButton icon="cross" label={`Remove ${name}`} onClick={() => void remove.run(user_id, name)} />}
              </li>
            ))}
            {items.length === 0 && <li class="soft small">Operators and administrators only. Add a broadcaster to share this channel.</li>}
          </ul>
        )}
      </Loaded>
      {remove.problem && <Note tone="bad">{remove.problem.detail}</Note>}
      {adding && <Add channel={channel} onClose={() => setAdding(false)} />}
    </Card>
  );
}

function Add({ channel, onClose }: { readonly channel: string; readonly onClose: () => void }): JSX.Element {
  const users = useResource("users?all", (signal) => readAll((query) => api.get("/users", { query, signal })));
  const [chosen, setChosen] = useState("");
  const add = useAction(async () => {
    await api.put("/channels/{channel}/members/{user_id}", { path: { channel, user_id: chosen } });
    refresh("members");
    onClose();
  });
  return (
    <Dialog title="Add somebody" onClose={onClose}>
      <Loaded resource={users}>
        {(all) => (
          <Form onSubmit={() => void add.run()} problem={add.problem}>
            <SelectField
              label="Person"
              value={chosen}
              onChange={setChosen}
              hint="Viewers and broadcasters see only the channels they are added to."
              options={[{ value: "", label: "Choose…" }, ...all.map(({ id, name, role }) => ({ value: id, label: `${name} (${role})` }))]}
            />
            <FormButtons>
              <Button onClick={onClose}>Cancel</Button>
              <Button type="submit" look="primary" busy={add.busy} disabled={chosen === ""}>
                Add
              </Button>
            </FormButtons>
          </Form>
        )}
      </Loaded>
    </Dialog>
  );
}
