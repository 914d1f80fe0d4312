// Behind the link of an invitation: choose a name and a password, and be in.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { components } from "../../__generated__/api";
import { api } from "../../api/client";
import { useAction, useResource } from "../../api/resource";
import { begin } from "../../api/session";
import { Button } from "../../components/button";
import { Form, PasswordField, TextField } from "../../components/field";
import { Logo } from "../../components/logo";
import { Loaded } from "../../components/state";
import { Moment } from "../../components/time";
import { list } from "../../format";
import { navigate, place } from "../../router";
import { useTitle } from "../../shell/title";
import { roleLabel } from "../people/roles";

type Offer = components["schemas"]["Offer"];

export function Page(): JSX.Element {
  useTitle("Invitation");
  const token = place.value.fragment; // also of a link that is pasted where another one stood
  const offer = useResource(`offer/${token}`, (signal) => api.post("/invitations/lookup", { body: { token: token || "-" }, signal }));
  return (
    <main class="alone">
      <div class="alone-box">
        <Loaded resource={offer}>{(data) => <Accept key={token} offer={data} token={token} />}</Loaded>
      </div>
    </main>
  );
}

function Accept({ offer, token }: { readonly offer: Offer; readonly token: string }): JSX.Element {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const joins = offer.kind === "join";
  const { run, busy, problem } = useAction(async () => {
    begin(await api.post("/invitations/acceptance", { body: { token, password, ...(joins && { name: name.trim() }), ...(offer.code_needed && { code: code.trim() }) } }));
    navigate("/", { replace: true });
  });
  return (
    <>
      <Greeting offer={offer} />
      <Form onSubmit={() => void run()} problem={problem}>
        {joins ? (
          <TextField label="Name" autoComplete="username" value={name} onChange={setName} problem={problem?.about("name")} hint="What you log in with: letters, digits and . _ - @ +" maxLength={64} first />
        ) : (
          <input type="text" class="unseen" autocomplete="username" value={offer.name ?? ""} readOnly tabIndex={-1} aria-hidden="true" />
        )}
        <PasswordField label="Password" autoComplete="new-password" value={password} onChange={setPassword} problem={problem?.about("password")} hint="At least 12 characters. A few words in a row are good." first={!joins} />
        {offer.code_needed && <TextField label="Code of your app" inputMode="numeric" autoComplete="one-time-code" value={code} onChange={setCode} problem={problem?.about("code")} />}
        <Button type="submit" look="primary" busy={busy}>
          {joins ? "Join" : "Set the password"}
        </Button>
      </Form>
      <p class="faint small">
        This link works once, until <Moment at={offer.expires_at} />.
      </p>
    </>
  );
}

function Greeting({ offer }: { readonly offer: Offer }): JSX.Element {
  const joins = offer.kind === "join";
  return (
    <header>
      <Logo size={36} />
      <h1>{joins ? "You are invited" : "A new password"}</h1>
      <p class="soft">{joins ? <Joins offer={offer} /> : `For ${offer.name ?? "your account"}. Other browsers are logged out.`}</p>
    </header>
  );
}

function Joins({ offer: { role, channels } }: { readonly offer: Offer }): JSX.Element {
  return (
    <>
      As {roleLabel(role).toLowerCase()}
      {channels.length > 0 && (
        <>
          {" "}
          of <strong>{list(channels)}</strong>
        </>
      )}
      . Choose what you log in with.
    </>
  );
}
