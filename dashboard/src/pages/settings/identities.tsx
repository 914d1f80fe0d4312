// The accounts elsewhere that open this one by single sign-on.
import type { JSX } from "preact";
import { api, type Reply } from "../../api/client";
import { useAction, useResource } from "../../api/resource";
import { Button, LinkButton } from "../../components/button";
import { Card } from "../../components/card";
import { Note } from "../../components/state";
import { place } from "../../router";
import { refusal } from "../login/refusals";

type Identity = Reply<"/account/identities", "get">["items"][number];
const CONNECT = `/api/v1/sign-on?link=true&next=${encodeURIComponent("/settings")}`;

export function IdentitiesCard(): JSX.Element | null {
  const entrance = useResource("entrance", (signal) => api.get("/entrance", { signal }));
  const linked = useResource("identities", (signal) => api.get("/account/identities", { signal }));
  const name = entrance.data?.sign_on;
  const items = linked.data?.items ?? [];
  if (!name && items.length === 0) return null;
  const refused = refusal(place.value.query.get("problem"));
  return (
    <Card title="Single sign-on" about="Accounts elsewhere that open this one.">
      <div class="stack gap-3">
        {refused !== undefined && <Note tone="bad">{refused}</Note>}
        {items.map((one) => (
          <Linked key={one.id} identity={one} onGone={linked.reload} />
        ))}
        {name && items.length === 0 && (
          <LinkButton href={CONNECT} icon="shield">
            Connect {name}
          </LinkButton>
        )}
      </div>
    </Card>
  );
}

function Linked({ identity, onGone }: { readonly identity: Identity; readonly onGone: () => void }): JSX.Element {
  const remove = useAction(async () => {
    await api.delete("/account/identities/{identity_id}", { path: { identity_id: identity.id } });
    onGone();
  });
  const host = URL.canParse(identity.issuer) ? new URL(identity.issuer).host : identity.issuer;
  return (
    <>
      <div class="row">
        <span class="grow">{host}</span>
        <Button size="small" busy={remove.busy} aria-label={`Disconnect ${host}`} onClick={() => void remove.run()}>
          Disconnect
        </Button>
      </div>
      {remove.problem && <Note tone="bad">{remove.problem.message}</Note>}
    </>
  );
}
