import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { readAll } from "../../api/paged";
import { refresh, useResource } from "../../api/resource";
import { may } from "../../api/session";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { Confirm } from "../../components/dialog";
import { Item, List } from "../../components/list";
import { Ago } from "../../components/time";
import { list } from "../../format";
import { roleLabel } from "./roles";
import type { Invitation } from "./users";

export function Invitations(): JSX.Element | null {
  const { data } = useResource("invitations", (signal) => readAll((query) => api.get("/invitations", { query, signal })));
  if (data === undefined || data.length === 0) return null;
  return (
    <Card title="On the way in" about="Links that nobody has used yet." flush>
      <List label="Invitations">
        {data.map((invitation) => (
          <Line key={invitation.id} invitation={invitation} />
        ))}
      </List>
    </Card>
  );
}

function Line({ invitation }: { readonly invitation: Invitation }): JSX.Element {
  const [revoking, setRevoking] = useState(false);
  const { id, note, email, role, channels, kind, created_by, expires_at } = invitation;
  const who = note || email || "Somebody";
  const what = kind === "reset" ? "A new password" : [roleLabel(role), list(channels)].filter((words) => words !== "").join(" of ");
  const revoke = async (): Promise<void> => {
    await api.delete("/invitations/{invitation_id}", { path: { invitation_id: id } });
    refresh("invitations");
  };
  return (
    <Item
      icon={kind === "reset" ? "key" : "mail"}
      title={who}
      about={
        <>
          {what} · by {created_by} · ends <Ago at={expires_at} />
        </>
      }
    >
      {may("users:write") && (
        <Button size="small" aria-label={`Revoke the link for ${who}`} onClick={() => setRevoking(true)}>
          Revoke
        </Button>
      )}
      {revoking && (
        <Confirm title="Revoke this link?" action="Revoke" onConfirm={revoke} onClose={() => setRevoking(false)}>
          Whoever has it cannot use it any more.
        </Confirm>
      )}
    </Item>
  );
}
