// What programs show instead of a password.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { components } from "../../__generated__/api";
import { api } from "../../api/client";
import { refresh, useResource } from "../../api/resource";
import { Badge } from "../../components/badge";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { Confirm } from "../../components/dialog";
import { Item, List } from "../../components/list";
import { Empty, Loaded } from "../../components/state";
import { Ago, Moment } from "../../components/time";
import { plural } from "../../format";
import { now_ms } from "../../live/store";
import { Header } from "./header";
import { KeyDialog } from "./key-dialog";
import "./settings.css";

type ApiKey = components["schemas"]["ApiKey"];
const ALL = 200; // more than the server lets anybody have

export function Page(): JSX.Element {
  const keys = useResource("api-keys", async (signal) => (await api.get("/api-keys", { query: { limit: ALL }, signal })).items);
  const [adding, setAdding] = useState(false);
  const add = (
    <Button icon="plus" onClick={() => setAdding(true)}>
      Make a key
    </Button>
  );
  return (
    <>
      <Header />
      <div class="settings-column">
        <Card title="API keys" about="Your programs show one instead of a password. A key may do what you choose, and never more than you." aside={keys.data?.length ? add : undefined} flush>
          <Loaded resource={keys}>
            {(items) =>
              items.length === 0 ? (
                <Empty icon="key" title="No keys yet" action={add}>
                  Everything on these pages can be done by a program, too.
                </Empty>
              ) : (
                <List label="API keys">
                  {items.map((key) => (
                    <Line key={key.id} apiKey={key} />
                  ))}
                </List>
              )
            }
          </Loaded>
        </Card>
      </div>
      {adding && <KeyDialog onClose={() => setAdding(false)} />}
    </>
  );
}

function Line({ apiKey: { id, name, hint, scopes, used_at, expires_at } }: { readonly apiKey: ApiKey }): JSX.Element {
  const [deleting, setDeleting] = useState(false);
  const over = expires_at !== null && Date.parse(expires_at) < now_ms.value;
  const remove = async (): Promise<void> => {
    await api.delete("/api-keys/{key_id}", { path: { key_id: id } });
    refresh("api-keys");
  };
  return (
    <Item
      icon="key"
      title={name}
      badge={over && <Badge tone="unsteady">Expired</Badge>}
      dim={over}
      about={
        <>
          <code>{hint}…</code> · <span title={scopes.join(", ")}>{plural(scopes.length, "permission")}</span> · {used_at ? <>used <Ago at={used_at} /></> : "never used"}
          {expires_at && !over && (
            <>
              {" "}
              · until <Moment at={expires_at} />
            </>
          )}
        </>
      }
    >
      <Button size="small" aria-label={`Delete ${name}`} onClick={() => setDeleting(true)}>
        Delete
      </Button>
      {deleting && (
        <Confirm title={`Delete ${name}?`} action="Delete" onConfirm={remove} onClose={() => setDeleting(false)}>
          Whatever uses this key is refused at once.
        </Confirm>
      )}
    </Item>
  );
}
