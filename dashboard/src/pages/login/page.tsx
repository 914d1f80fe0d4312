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

/** Why single sign-on let nobody in, by the name that the control role gives in the address. Only these are shown: anybody can write an address. */
const REFUSALS = new Map([
  ["sign-on-refused", "The provider did not let you in."],
  ["sign-on-expired", "That took too long, or began in another browser. Try again."],
  ["sign-on-unknown", "Nobody here knows this account. Ask an administrator for an invitation."],
  ["sign-on-second-factor", "Your account has a second factor: log in with your password, then connect the provider in your account's settings."],
  ["sign-on-taken", "That account of the provider's opens somebody else's account here."],
  ["sign-on-failed", "Single sign-on did not work. An administrator finds the reason in the log."],
  ["log-in-first", "Log in first, then connect the provider."],
  ["disabled", "This account is disabled. Ask an administrator."],
  ["no-sign-on", "There is no single sign-on here."],
]);

function Refused(): JSX.Element | null {
  const reason = REFUSALS.get(place.value.query.get("problem") ?? "");
  return reason === undefined ? null : <Note tone="bad">{reason}</Note>;
}
