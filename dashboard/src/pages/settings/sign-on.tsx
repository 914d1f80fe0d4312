// The provider of OpenID Connect whose accounts open this network's.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { components } from "../../__generated__/api";
import { api } from "../../api/client";
import { problemFrom } from "../../api/problem";
import { refresh, useAction, useResource } from "../../api/resource";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { CopyField } from "../../components/copy";
import { Confirm } from "../../components/dialog";
import { Form, FormButtons, PasswordField, SelectField, TextField } from "../../components/field";
import { Loaded, Note } from "../../components/state";
import { toast } from "../../components/toasts";
import { ROLES } from "../people/roles";
import { Header } from "./header";
import "./settings.css";

type SignOn = components["schemas"]["SignOn"];
type Strange = Exclude<SignOn["role_for_strangers"], undefined>;
type Draft = Pick<SignOn, "name" | "issuer" | "client_id"> & { readonly role_for_strangers: Strange; readonly domains: string; readonly secret: string };

export function Page(): JSX.Element {
  const provider = useResource("settings/sign-on", read);
  return (
    <>
      <Header />
      <div class="settings-column">
        <Loaded resource={provider}>
          {({ found }) => (
            <Card title="Single sign-on" about="People log in with the account that they have elsewhere, by OpenID Connect.">
              <ProviderForm key={found?.version} provider={found} />
            </Card>
          )}
        </Loaded>
        {provider.data?.found && <Trial />}
      </div>
    </>
  );
}

/** There may be none yet, which is no error here. */
async function read(signal: AbortSignal): Promise<{ found: SignOn | null }> {
  try {
    return { found: await api.get("/settings/sign-on", { signal }) };
  } catch (error) {
    if (problemFrom(error).status === 404) return { found: null };
    throw error;
  }
}

function begun(provider: SignOn | null): Draft {
  if (provider === null) return { name: "", issuer: "", client_id: "", role_for_strangers: null, domains: "", secret: "" };
  const { name, issuer, client_id, role_for_strangers, domains } = provider;
  return { name, issuer, client_id, role_for_strangers: role_for_strangers ?? null, domains: domains.join(" "), secret: "" };
}

function ProviderForm({ provider }: { readonly provider: SignOn | null }): JSX.Element {
  const [draft, setDraft] = useState(() => begun(provider));
  const [removing, setRemoving] = useState(false);
  const change = (part: Partial<Draft>): void => setDraft({ ...draft, ...part });
  const { run, busy, problem } = useAction(async () => {
    const { secret, domains, ...rest } = draft;
    await api.put("/settings/sign-on", { version: provider?.version ?? 0, body: { ...rest, domains: domains.split(/[\s,]+/).filter(Boolean), client_secret: secret || null } });
    toast("Saved.");
    refresh("settings");
  });
  const about = (field: string): string | undefined => problem?.about(field);
  return (
    <Form label="Single sign-on" onSubmit={() => void run()} problem={problem}>
      <TextField label="Name" value={draft.name} onChange={(name) => change({ name })} problem={about("name")} placeholder="The company’s account" hint="On the button of the login page." />
      <TextField label="Issuer" type="url" value={draft.issuer} onChange={(issuer) => change({ issuer })} problem={about("issuer")} placeholder="https://accounts.example.org" />
      <TextField label="Client ID" value={draft.client_id} onChange={(client_id) => change({ client_id })} problem={about("client_id")} autoComplete="off" />
      <PasswordField label="Client secret" value={draft.secret} onChange={(secret) => change({ secret })} problem={about("client_secret")} autoComplete="new-password" hint={provider ? "Leave it empty to keep the one that is set." : "Kept encrypted, never shown."} />
      {provider && <CopyField label="Redirect URI, to enter at the provider" value={provider.redirect_uri} />}
      <Strangers draft={draft} change={change} />
      <FormButtons>
        {provider && (
          <Button look="danger" onClick={() => setRemoving(true)}>
            Remove
          </Button>
        )}
        <Button type="submit" look="primary" busy={busy}>
          Save
        </Button>
      </FormButtons>
      {removing && <Removal onClose={() => setRemoving(false)} />}
    </Form>
  );
}

function Strangers({ draft, change }: { readonly draft: Draft; readonly change: (part: Partial<Draft>) => void }): JSX.Element {
  const roles = [{ value: "", label: "are refused" }, ...ROLES.map(({ value, label }) => ({ value: value as string, label: `join as ${label.toLowerCase()}` }))];
  const role = (value: string): Strange => ROLES.find((one) => one.value === value)?.value ?? null;
  return (
    <>
      <SelectField label="People who were not invited" value={draft.role_for_strangers ?? ""} onChange={(value) => change({ role_for_strangers: role(value) })} options={roles} />
      {draft.role_for_strangers && <TextField label="Only with an address in these domains" value={draft.domains} onChange={(domains) => change({ domains })} placeholder="example.org example.com" hint="Empty: any verified address." />}
    </>
  );
}

function Trial(): JSX.Element {
  const [trial, setTrial] = useState<{ works: boolean; trouble: string | null } | null>(null);
  const { run, busy, problem } = useAction(async () => setTrial(await api.post("/settings/sign-on/trial")));
  const trouble = problem?.detail ?? trial?.trouble;
  return (
    <Card title="Try it" about="Asks the provider what it is like; nobody is logged in.">
      <div class="stack gap-3">
        {trial?.works && <Note tone="good">The provider answers as it should.</Note>}
        {trouble && <Note tone="bad">{trouble}</Note>}
        <div class="row">
          <Button busy={busy} onClick={() => void run()}>
            Ask the provider
          </Button>
        </div>
      </div>
    </Card>
  );
}

function Removal({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const remove = async (): Promise<void> => {
    await api.delete("/settings/sign-on");
    toast("Single sign-on is off.");
    refresh("settings");
  };
  return (
    <Confirm title="Remove single sign-on?" action="Remove" onConfirm={remove} onClose={onClose}>
      Whoever has no password needs a link from you to log in again.
    </Confirm>
  );
}
