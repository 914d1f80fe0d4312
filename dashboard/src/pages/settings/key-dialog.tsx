import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { components } from "../../__generated__/api";
import { api, newOnce } from "../../api/client";
import { refresh, useAction } from "../../api/resource";
import { session } from "../../api/session";
import { Button } from "../../components/button";
import { CopyField } from "../../components/copy";
import { Dialog } from "../../components/dialog";
import { Form, FormButtons, SelectField, TextField } from "../../components/field";
import { Choices } from "../../components/form-parts";
import { Note } from "../../components/state";

type Scope = components["schemas"]["NewApiKey"]["scopes"][number];
type Made = components["schemas"]["MadeApiKey"];

const SCOPES: readonly { readonly value: Scope; readonly label: string }[] = [
  { value: "live:read", label: "See what is on the air" },
  { value: "channels:read", label: "Read channels" },
  { value: "channels:write", label: "Change channels" },
  { value: "channels:manage", label: "Make and remove channels" },
  { value: "keys:write", label: "Make and rotate stream keys" },
  { value: "recordings:read", label: "Watch recordings" },
  { value: "recordings:write", label: "Delete recordings" },
  { value: "destinations:read", label: "See destinations" },
  { value: "destinations:write", label: "Change, start and stop destinations" },
  { value: "chat:read", label: "Read chats" },
  { value: "chat:write", label: "Write in chats" },
  { value: "fleet:read", label: "See the network" },
  { value: "notices:read", label: "Read notifications" },
  { value: "notices:write", label: "Change notifications" },
  { value: "settings:read", label: "Read settings" },
  { value: "settings:write", label: "Change settings" },
  { value: "users:read", label: "See people" },
  { value: "users:write", label: "Change people" },
  { value: "audit:read", label: "Read the audit log" },
];
const DAY_S = 86_400;
const ENDS = [
  { value: String(30 * DAY_S), label: "in 30 days" },
  { value: String(90 * DAY_S), label: "in 90 days" },
  { value: String(365 * DAY_S), label: "in a year" },
  { value: "", label: "when it is deleted" },
];

export function KeyDialog({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<readonly Scope[]>(["live:read", "channels:read"]);
  const [ends, setEnds] = useState(ENDS[1]?.value ?? "");
  const [once] = useState(newOnce);
  const [made, setMade] = useState<Made | null>(null);
  const { run, busy, problem } = useAction(async () => {
    setMade(await api.post("/api-keys", { body: { name, scopes, expires_in_s: ends === "" ? null : Number(ends) }, once }));
    refresh("api-keys");
  });
  const mine = session.value?.actions ?? [];
  if (made) return <MadeKey made={made} onClose={onClose} />;
  return (
    <Dialog title="Make an API key" onClose={onClose}>
      <Form onSubmit={() => void run()} problem={problem}>
        <TextField label="Name" value={name} onChange={setName} problem={problem?.about("name")} hint="Which program uses it." maxLength={80} first />
        <Choices label="It may" options={SCOPES.filter(({ value }) => mine.includes(value))} chosen={scopes} onChange={setScopes} problem={problem?.about("scopes")} />
        <SelectField label="It ends" value={ends} onChange={setEnds} options={ENDS} problem={problem?.about("expires_in_s")} />
        <FormButtons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={busy}>
            Make the key
          </Button>
        </FormButtons>
      </Form>
    </Dialog>
  );
}

function MadeKey({ made: { key, secret }, onClose }: { readonly made: Made; readonly onClose: () => void }): JSX.Element {
  return (
    <Dialog title={key.name} onClose={onClose} firm>
      <CopyField label="API key" value={secret} />
      <p class="soft small">
        Programs send it as <code>Authorization: Bearer …</code>
      </p>
      <Note tone="unsteady">It is shown only this once. Copy it now.</Note>
      <FormButtons>
        <Button look="primary" onClick={onClose}>
          I have copied it
        </Button>
      </FormButtons>
    </Dialog>
  );
}
