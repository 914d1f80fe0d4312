// How this network is known to the platforms: an app of its own on each, made once, with which people connect their accounts.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { refresh, useAction, useResource } from "../../api/resource";
import type { PlatformApp } from "../../api/simulcast";
import { Badge } from "../../components/badge";
import { Button, LinkButton } from "../../components/button";
import { Card } from "../../components/card";
import { CopyField } from "../../components/copy";
import { Form, FormButtons, PasswordField, TextField } from "../../components/field";
import { HowTo } from "../../components/form-parts";
import { PLATFORMS } from "../../components/platform";
import { Loaded, Note } from "../../components/state";
import { toast } from "../../components/toasts";
import { Header } from "./header";
import { REGISTERING } from "./registering";
import "./settings.css";

export function Page(): JSX.Element {
  const apps = useResource("settings/platforms", async (signal) => (await api.get("/settings/platforms", { signal })).items);
  return (
    <>
      <Header />
      <div class="settings-column">
        <Note>Platforms let a network in that they know. Register it once with each that you use; then everybody here connects their own account from a channel’s page. Streams can be sent with a stream key without any of this.</Note>
        <Loaded resource={apps}>{(items) => items.map((app) => <App key={`${app.platform} ${app.version}`} app={app} />)}</Loaded>
      </div>
    </>
  );
}

function App({ app }: { readonly app: PlatformApp }): JSX.Element {
  const { platform } = app;
  const { name } = PLATFORMS[platform];
  const { console: at, steps, secret, returns } = REGISTERING[platform];
  const [draft, setDraft] = useState({ client_id: app.client_id, public_url: app.public_url, secret: "" });
  const save = useAction(async () => {
    await api.put("/settings/platforms/{platform}", { path: { platform }, version: app.version, body: { client_id: draft.client_id.trim(), client_secret: draft.secret || null, public_url: draft.public_url.trim() } });
    toast(`${name} accounts can be connected now.`);
    refresh("settings");
  });
  return (
    <Card title={name} aside={app.client_id === "" ? <Badge>Not set up</Badge> : <Badge tone="good">Set up</Badge>}>
      <Form label={name} onSubmit={() => void save.run()} problem={save.problem}>
        <HowTo steps={steps} />
        <div class="row">
          <LinkButton size="small" icon="external" href={at} target="_blank">
            Open {new URL(at).hostname}
          </LinkButton>
        </div>
        {returns && <CopyField label="Redirect URL, to enter there" value={app.redirect_uri} />}
        {app.webhook_url !== null && <CopyField label="Webhook URL, to enter there" value={app.webhook_url} />}
        <TextField label="Client ID" value={draft.client_id} onChange={(client_id) => setDraft({ ...draft, client_id })} problem={save.problem?.about("client_id")} autoComplete="off" />
        {secret !== "" && <PasswordField label="Client secret" value={draft.secret} onChange={(text) => setDraft({ ...draft, secret: text })} problem={save.problem?.about("client_secret")} autoComplete="new-password" hint={app.has_secret ? "Leave it empty to keep the one that is set." : secret} />}
        {returns && <TextField label="Public address" type="url" value={draft.public_url} onChange={(public_url) => setDraft({ ...draft, public_url })} problem={save.problem?.about("public_url")} placeholder="https://live.example.org" hint={`Where ${name} reaches this control room with chat. Leave it empty to do without its chat.`} />}
        <FormButtons>
          <Button type="submit" look="primary" busy={save.busy} disabled={draft.client_id.trim() === ""}>
            Save
          </Button>
        </FormButtons>
      </Form>
    </Card>
  );
}
