// Logging in: name and password, then the code of the second factor if there is one; or somebody else's login.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useAction, useResource } from "../../api/resource";
import { afterLogin, begin, standing } from "../../api/session";
import { api } from "../../api/client";
import { Button, LinkButton } from "../../components/button";
import { Form, PasswordField, TextField } from "../../components/field";
import { Note } from "../../components/state";
import { navigate, place } from "../../router";
import { Alone } from "../../shell/alone";
import { useTitle } from "../../shell/title";
import { refusal } from "./refusals";

export function Page(): JSX.Element {
  useTitle("Log in");
  const entrance = useResource("entrance", (signal) => api.get("/entrance", { signal }));
  const { state } = standing.value;
  useEffect(() => {
    if (state === "in") navigate(afterLogin(), { replace: true });
    else if (entrance.data?.setup_needed) navigate("/setup", { replace: true });
  }, [state, entrance.data]);
  return (
    <Alone title="Log in" about="Welcome back to the control room.">
      <Refused />
      <Credentials />
      {entrance.data?.sign_on && <SignOn name={entrance.data.sign_on} />}
    </Alone>
  );
}

function Credentials(): JSX.Element {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [asksCode, setAsksCode] = useState(false);
  const login = useAction(async () => {
    begin(await api.post("/session", { body: { name, password, code: asksCode ? code.replaceAll(" ", "") : null } }));
  });
  const needed = login.problem?.kind === "second-factor-needed";
  useEffect(() => {
    if (needed) setAsksCode(true);
  }, [needed]);
  const problem = needed ? null : login.problem;
  return (
    <Form onSubmit={() => void login.run()} problem={problem} label="Log in">
      {asksCode ? (
        <TextField label="Code" hint="Six digits from your authenticator app, or a recovery code." value={code} onChange={setCode} autoComplete="one-time-code" inputMode="text" first required />
      ) : (
        <>
          <TextField label="Name or e-mail" value={name} onChange={setName} autoComplete="username" first required />
          <PasswordField label="Password" value={password} onChange={setPassword} autoComplete="current-password" required />
        </>
      )}
      <Button type="submit" look="primary" busy={login.busy}>
        {asksCode ? "Confirm" : "Log in"}
      </Button>
      {asksCode && (
        <Button look="quiet" onClick={() => (setAsksCode(false), login.clear())}>
          Back
        </Button>
      )}
    </Form>
  );
}

function SignOn({ name }: { readonly name: string }): JSX.Element {
  return (
    <div class="stack gap-3">
      <p class="alone-or faint small">or</p>
      <LinkButton href={`/api/v1/sign-on?next=${encodeURIComponent(afterLogin())}`} icon="shield">
        Continue with {name}
      </LinkButton>
    </div>
  );
}

/** The provider sends people back with the name of the reason why nobody was let in. */
function Refused(): JSX.Element | null {
  const reason = refusal(place.value.query.get("problem"));
  return reason === undefined ? null : <Note tone="bad">{reason}</Note>;
}
