import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useChannels } from "../../api/channels";
import { api } from "../../api/client";
import { readAll } from "../../api/paged";
import { refresh, useAction, useResource } from "../../api/resource";
import type { Role } from "../../api/types";
import { Button } from "../../components/button";
import { Dialog } from "../../components/dialog";
import { Form, FormButtons } from "../../components/field";
import { Choices, OneOf } from "../../components/form-parts";
import { Skeleton } from "../../components/state";
import { toast } from "../../components/toasts";
import { hasChannels, ROLES } from "./roles";
import type { User } from "./users";

export function RoleDialog({ user, onClose }: { readonly user: User; readonly onClose: () => void }): JSX.Element {
  const belongs = useChannelsOf(user);
  return (
    <Dialog title={`Role of ${user.name}`} onClose={onClose}>
      {belongs === undefined ? <Skeleton /> : <RoleForm user={user} belongs={belongs} onClose={onClose} />}
    </Dialog>
  );
}

/** Names of the channels; undefined until they are known. */
function useChannelsOf(user: User): readonly string[] | undefined {
  const channels = useChannels().data;
  const name = channels === undefined ? null : `members/${user.id}`;
  return useResource(name, async (signal) => {
    const found = await Promise.all(
      (channels ?? []).map(async (channel) => {
        const items = await readAll((query) => api.get("/channels/{channel}/members", { path: { channel: channel.name }, query, signal }));
        return items.some(({ user_id }) => user_id === user.id) ? [channel.name] : [];
      }),
    );
    return found.flat();
  }).data;
}

interface RoleFormProps {
  readonly user: User;
  readonly belongs: readonly string[];
  readonly onClose: () => void;
}

function RoleForm({ user, belongs, onClose }: RoleFormProps): JSX.Element {
  const [role, setRole] = useState<Role>(user.role);
  const [chosen, setChosen] = useState(belongs);
  const all = useChannels().data ?? [];
  const { run, busy, problem } = useAction(async () => {
    if (role !== user.role) await api.patch("/users/{user_id}", { path: { user_id: user.id }, version: user.version, body: { role } });
    if (hasChannels(role)) await move(user.id, belongs, chosen);
    refresh("users", "channels", "members");
    toast("Saved.");
    onClose();
  });
  return (
    <Form onSubmit={() => void run()} problem={problem}>
      <OneOf label="Role" options={ROLES} value={role} onChange={setRole} />
      {hasChannels(role) && all.length > 0 && <Choices label="Channels" options={all.map(({ name, title }) => ({ value: name, label: title || name }))} chosen={chosen} onChange={setChosen} />}
      <FormButtons>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={busy}>
          Save
        </Button>
      </FormButtons>
    </Form>
  );
}

async function move(user_id: string, from: readonly string[], to: readonly string[]): Promise<void> {
  for (const channel of to) if (!from.includes(channel)) await api.put("/channels/{channel}/members/{user_id}", { path: { channel, user_id } });
  for (const channel of from) if (!to.includes(channel)) await api.delete("/channels/{channel}/members/{user_id}", { path: { channel, user_id } });
}
