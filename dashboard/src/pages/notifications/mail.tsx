// Through which server e-mail leaves.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api, type Reply } from "../../api/client";
import { refresh, useAction, useResource } from "../../api/resource";
import { may } from "../../api/session";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { Form, FormButtons, PasswordField, SelectField, TextField } from "../../components/field";
import { Loaded, Note } from "../../components/state";
import { toast } from "../../components/toasts";
import { Header } from "./header";
import "./notifications.css";

type MailServer = Reply<"/settings/mail", "get">;
const SECURITIES = [
  { value: "starttls", label: "STARTTLS (usually port 587)" },
  { value: "tls", label: "TLS from the start (usually port 465)" },
  { value: "none", label: "none: only for a server on this machine" },
] as const;
const PORTS = { starttls: 587, tls: 465, none: 25 } as const;

export function Page(): JSX.Element {
  const server = useResource("settings/mail", (signal) => api.get("/settings/mail", { signal }));
  return (
    <>
      <Header />
      <div class="mail-column">
        <Card title="Mail server" about="Targets of the kind e-mail are sent through it.">
          <Loaded resource={server}>{(data) => <ServerForm server={data} />}</Loaded>
        </Card>
      </div>
    </>
  );
}

function ServerForm({ server }: { readonly server: MailServer }): JSX.Element {
  const [draft, setDraft] = useState(server);
  const [password, setPassword] = useState("");
  useEffect(() => setDraft(server), [server.version]);
  const change = (part: Partial<MailServer>): void => setDraft({ ...draft, ...part });
  const { run, busy, problem } = useAction(async () => {
    const { host, port, security, username, sender } = draft;
    await api.put("/settings/mail", { version: server.version, body: { host, port, security, username, sender, password: password === "" ? null : password } });
    setPassword("");
    refresh("settings");
    toast("Saved. Send a test to an e-mail target to see whether it works.");
  });
  const locked = !may("settings:write");
  return (
    <Form label="Mail server" onSubmit={() => void run()} problem={problem}>
      <TextField label="Host" value={draft.host} onChange={(host) => change({ host })} problem={problem?.about("host")} placeholder="smtp.example.org" hint="Empty: no e-mail is sent." disabled={locked} />
      <SelectField label="Security" value={draft.security} options={SECURITIES} onChange={(value) => change(secured(value))} disabled={locked} />
      <TextField label="Port" inputMode="numeric" value={String(draft.port)} onChange={(text) => change({ port: Number.parseInt(text, 10) || 0 })} problem={problem?.about("port")} disabled={locked} />
      <TextField label="Sender" type="email" value={draft.sender} onChange={(sender) => change({ sender })} problem={problem?.about("sender")} placeholder="manycast@example.org" disabled={locked} />
      <TextField label="User name" autoComplete="off" value={draft.username} onChange={(username) => change({ username })} problem={problem?.about("username")} disabled={locked} />
      <PasswordField label="Password" autoComplete="new-password" value={password} onChange={setPassword} problem={problem?.about("password")} hint={server.password_set ? "One is set. Leave it empty to keep it." : "Kept encrypted, never shown."} disabled={locked} />
      {locked ? (
        <Note>Administrators change this.</Note>
      ) : (
        <FormButtons>
          <Button type="submit" look="primary" busy={busy}>
            Save
          </Button>
        </FormButtons>
      )}
    </Form>
  );
}

/** With the port that is usual for it. */
function secured(value: string): Pick<MailServer, "security" | "port"> {
  const security = SECURITIES.find((one) => one.value === value)?.value ?? "starttls";
  return { security, port: PORTS[security] };
}
