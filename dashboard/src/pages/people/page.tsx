// Who may do what here, and who is on the way in.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { usePaged } from "../../api/paged";
import { may } from "../../api/session";
import { Avatar, Badge } from "../../components/badge";
import { Button } from "../../components/button";
import { Card, PageHeader } from "../../components/card";
import { Loaded } from "../../components/state";
import { type Column, More, Table } from "../../components/table";
import { Ago } from "../../components/time";
import { list } from "../../format";
import { useTitle } from "../../shell/title";
import { InviteDialog } from "./invite-dialog";
import { Invitations } from "./invitations";
import { PersonMenu } from "./person-menu";
import { roleLabel } from "./roles";
import type { User } from "./users";
import "./people.css";

export function Page(): JSX.Element {
  useTitle("People");
  const [inviting, setInviting] = useState(false);
  const users = usePaged<User>("users", (cursor, signal) => api.get("/users", { query: cursor === undefined ? {} : { cursor }, signal }));
  return (
    <>
      <PageHeader title="People" about="Who may do what here.">
        {may("users:write") && (
          <Button icon="plus" look="primary" onClick={() => setInviting(true)}>
            Invite
          </Button>
        )}
      </PageHeader>
      <div class="stack gap-5">
        <Card flush>
          <Loaded resource={users}>
            {(rows) => (
              <>
                <Table label="People" columns={COLUMNS} rows={rows} name={({ id }) => id} />
                {users.more && <More busy={users.loading} onMore={users.more} />}
              </>
            )}
          </Loaded>
        </Card>
        <Invitations />
      </div>
      {inviting && <InviteDialog onClose={() => setInviting(false)} />}
    </>
  );
}

const COLUMNS: readonly Column<User>[] = [
  { title: "Name", main: true, cell: (user) => <Who user={user} /> },
  { title: "Role", cell: ({ role }) => roleLabel(role) },
  { title: "Logs in with", cell: (user) => <Proofs user={user} /> },
  { title: "Last seen", cell: ({ seen_at }) => (seen_at ? <Ago at={seen_at} /> : <span class="faint">never</span>) },
  { title: "Actions", quiet: true, cell: (user) => <PersonMenu user={user} /> },
];

function Who({ user: { name, email, disabled } }: { readonly user: User }): JSX.Element {
  return (
    <span class="row stay gap-3">
      <Avatar name={name} />
      <span class="grow">
        <span class="row gap-2">
          {name}
          {disabled && <Badge>Disabled</Badge>}
        </span>
        {email && <span class="faint small who-email">{email}</span>}
      </span>
    </span>
  );
}

function Proofs({ user: { has_password, sign_on, second_factor } }: { readonly user: User }): JSX.Element {
  const ways = [has_password && "password", sign_on && "single sign-on"].filter((way) => way !== false);
  return (
    <span class="row gap-2">
      {list(ways) || <span class="faint">nothing yet</span>}
      {second_factor && <Badge tone="good">Second factor</Badge>}
    </span>
  );
}
