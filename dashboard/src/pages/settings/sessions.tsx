import type { JSX } from "preact";
import { api, type Reply } from "../../api/client";
import { refresh, useAction, useResource } from "../../api/resource";
import { Badge } from "../../components/badge";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { Item, List } from "../../components/list";
import { Loaded } from "../../components/state";
import { Ago, Moment } from "../../components/time";
import { toast } from "../../components/toasts";
import { browserName } from "./agent";

type Login = Reply<"/sessions", "get">["items"][number];

export function SessionsCard(): JSX.Element {
  const sessions = useResource("sessions", async (signal) => (await api.get("/sessions", { signal })).items);
  const others = useAction(async () => {
    await api.delete("/sessions");
    toast("All other browsers are logged out.");
    refresh("sessions");
  });
  const many = (sessions.data?.length ?? 0) > 1;
  return (
    <Card
      title="Where you are logged in"
      aside={
        many && (
          <Button size="small" busy={others.busy} onClick={() => void others.run()}>
            Log out all others
          </Button>
        )
      }
      flush
    >
      <Loaded resource={sessions}>
        {(items) => (
          <List label="Sessions">
            {items.map((login) => (
              <Line key={login.id} login={login} />
            ))}
          </List>
        )}
      </Loaded>
    </Card>
  );
}

function Line({ login: { id, agent, address, current, created_at, used_at } }: { readonly login: Login }): JSX.Element {
  const { run, busy } = useAction(async () => {
    await api.delete("/sessions/{session_id}", { path: { session_id: id } });
    refresh("sessions");
  });
  return (
    <Item
      icon="screen"
      title={browserName(agent)}
      badge={current && <Badge tone="good">This browser</Badge>}
      about={
        <>
          {address} · since <Moment at={created_at} />
          {!current && (
            <>
              {" "}
              · used <Ago at={used_at} />
            </>
          )}
        </>
      }
    >
      {!current && (
        <Button size="small" busy={busy} aria-label={`Log out ${browserName(agent)}`} onClick={() => void run()}>
          Log out
        </Button>
      )}
    </Item>
  );
}
