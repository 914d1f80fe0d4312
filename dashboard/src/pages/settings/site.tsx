import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api, type Reply } from "../../api/client";
import { refresh, useAction, useResource } from "../../api/resource";
import { may } from "../../api/session";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { Field, Form, FormButtons, Switch, TextField } from "../../components/field";
import { Loaded } from "../../components/state";
import { toast } from "../../components/toasts";
import { Header } from "./header";
import "./settings.css";

type Site = Reply<"/settings/site", "get">;

export function Page(): JSX.Element {
  const site = useResource("settings/site", (signal) => api.get("/settings/site", { signal }));
  return (
    <>
      <Header />
      <div class="settings-column">
        <Card title="Site" about="How this network calls itself.">
          <Loaded resource={site}>{(data) => <SiteForm site={data} />}</Loaded>
        </Card>
      </div>
    </>
  );
}

function SiteForm({ site }: { readonly site: Site }): JSX.Element {
  const [draft, setDraft] = useState(site);
  useEffect(() => setDraft(site), [site.version]);
  const change = (part: Partial<Site>): void => setDraft({ ...draft, ...part });
  const { run, busy, problem } = useAction(async () => {
    const { name, about, record_new_channels } = draft;
    await api.patch("/settings/site", { version: site.version, body: { name, about, record_new_channels } });
    toast("Saved.");
    refresh("settings");
  });
  const locked = !may("settings:write");
  return (
    <Form onSubmit={() => void run()} problem={problem}>
      <TextField label="Name" value={draft.name} onChange={(name) => change({ name })} problem={problem?.about("name")} hint="At the top of every page." disabled={locked} />
      <Field label="About" hint="For those who run it; only this page shows it." problem={problem?.about("about")}>
        {(joined) => <textarea {...joined} class="input" rows={3} disabled={locked} value={draft.about} onInput={(event) => change({ about: event.currentTarget.value })} />}
      </Field>
      <Switch label="Record new channels" hint="Each channel has a switch of its own; this is where it stands at first." checked={draft.record_new_channels} onChange={(on) => change({ record_new_channels: on })} disabled={locked} />
      {!locked && (
        <FormButtons>
          <Button type="submit" look="primary" busy={busy}>
            Save
          </Button>
        </FormButtons>
      )}
    </Form>
  );
}
