import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { components } from "../../__generated__/api";
import { api, newOnce, type Reply } from "../../api/client";
import { refresh, useAction } from "../../api/resource";
import { Button } from "../../components/button";
import { Dialog } from "../../components/dialog";
import { Field, Form, FormButtons, TextField } from "../../components/field";
import { Segmented } from "../../components/tabs";
import { toast } from "../../components/toasts";
import type { Problem } from "../../api/problem";
import { SigningSecret } from "./secret-dialog";
import { type Target, type Way, WAYS } from "./words";

type Made = Reply<"/targets", "post">;
type Sent = components["schemas"]["NewHook"] | components["schemas"]["NewMailbox"];

const CHOICES = (Object.keys(WAYS) as Way[]).map((value) => ({ value, label: WAYS[value].label }));
const URL_HINTS: Record<Exclude<Way, "email">, string> = {
  discord: "In Discord: the channel's settings, Integrations, Webhooks, Copy Webhook URL.",
  slack: "In Slack: the app “Incoming WebHooks”, its Webhook URL.",
  webhook: "Messages are posted there as JSON, signed as Standard Webhooks say.",
};

export interface TargetDialogProps {
  /** Which one to change; without it a new one is made. */
  readonly target?: Target;
  readonly onClose: (made?: Made) => void;
}

export function TargetDialog({ target, onClose }: TargetDialogProps): JSX.Element {
  const [draft, setDraft] = useState(() => begun(target));
  const [once] = useState(newOnce);
  const [made, setMade] = useState<Made | null>(null);
  const change = (part: Partial<Draft>): void => setDraft((was) => ({ ...was, ...part }));
  const { run, busy, problem } = useAction(async () => {
    const answer = await save(target, draft, once);
    refresh("targets");
    if (answer?.secret) setMade(answer);
    else onClose(answer);
  });
  if (made?.secret) return <SigningSecret secret={made.secret} onClose={() => onClose(made)} />;
  return (
    <Dialog title={target ? `Edit ${target.name}` : "Add a target"} onClose={() => onClose()}>
      <Form onSubmit={() => void run()} problem={problem}>
        {!target && <Segmented label="Way" value={draft.kind} choices={CHOICES} onChange={(kind) => change({ kind })} />}
        <TextField label="Name" value={draft.name} onChange={(name) => change({ name })} problem={problem?.about("name")} maxLength={100} placeholder="The team" first />
        <Where draft={draft} change={change} problem={problem} there={target !== undefined} />
        <FormButtons>
          <Button onClick={() => onClose()}>Cancel</Button>
          <Button type="submit" look="primary" busy={busy}>
            {target ? "Save" : "Add"}
          </Button>
        </FormButtons>
      </Form>
    </Dialog>
  );
}

interface Draft {
  readonly kind: Way;
  readonly name: string;
  readonly url: string;
  readonly recipients: string;
}

function begun(target: Target | undefined): Draft {
  if (target === undefined) return { kind: "email", name: "", url: "", recipients: "" };
  return { kind: target.kind, name: target.name, url: "", recipients: target.recipients.join("\n") };
}

/** What is new of one that was made; nothing of one that was changed. */
async function save(target: Target | undefined, { kind, name, url, recipients }: Draft, once: string): Promise<Made | undefined> {
  const where = kind === "email" ? { recipients: addresses(recipients) } : { url: url.trim() };
  if (target === undefined) {
    const made = await api.post("/targets", { body: { kind, name, enabled: true, ...where } as Sent, once });
    toast(`${name} is added. Send it a test.`);
    return made;
  }
  const changed = where.url === "" ? {} : where;
  await api.patch("/targets/{target_id}", { path: { target_id: target.id }, version: target.version, body: { name, ...changed } });
  toast("Saved.");
  return undefined;
}

function addresses(text: string): string[] {
  return text.split(/[\s,;]+/).filter((one) => one !== "");
}

interface WhereProps {
  readonly draft: Draft;
  readonly change: (part: Partial<Draft>) => void;
  readonly problem: Problem | null;
  readonly there: boolean;
}

function Where({ draft: { kind, url, recipients }, change, problem, there }: WhereProps): JSX.Element {
  if (kind !== "email")
    return (
      <TextField
        label="URL"
        type="url"
        inputMode="url"
        value={url}
        onChange={(text) => change({ url: text })}
        problem={wrong(problem, "url")}
        hint={there ? "Leave it empty to keep the one that is set; it is never shown." : URL_HINTS[kind]}
      />
    );
  return (
    <Field label="Addresses" hint="One in each line. Mail leaves through the mail server that is set up here." problem={wrong(problem, "recipients")}>
      {(joined) => <textarea {...joined} class="input" rows={3} value={recipients} spellcheck={false} onInput={(event) => change({ recipients: event.currentTarget.value })} />}
    </Field>
  );
}

/** Also of a part of the field, and of a field that depends on the kind. */
function wrong(problem: Problem | null, field: string): string | undefined {
  return problem?.fields.find(({ pointer }) => pointer.split("/").includes(field))?.detail;
}
