// The first visit: whoever has the code from the terminal becomes the administrator.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api } from "../../api/client";
import { useAction, useResource } from "../../api/resource";
import { begin } from "../../api/session";
import { Button, LinkButton } from "../../components/button";
import { Form, PasswordField, TextField } from "../../components/field";
import { Note } from "../../components/state";
import { navigate, place } from "../../router";
import { Alone } from "../../shell/alone";
import { useTitle } from "../../shell/title";

const LENGTH_MIN = 12;

export function Page(): JSX.Element {
  useTitle("Set up");
  const entrance = useResource("entrance", (signal) => api.get("/entrance", { signal }));
  if (entrance.data?.setup_needed === false)
    return (
      <Alone title="All set up" about="This network has an administrator already.">
        <LinkButton href="/login" look="primary">
          Log in
        </LinkButton>
      </Alone>
    );
  return (
    <Alone title="Welcome to manycast" about="Make the first account. It may do everything, and invite others.">
      <FirstAdmin />
    </Alone>
  );
}

/** The code stands in the fragment, which no server ever sees; it leaves the address bar at once. Who has this page open already may paste the link into it. */
function useCode(): string {
  const { fragment } = place.value;
  const [code, setCode] = useState(fragment);
  useEffect(() => {
    if (fragment === "") return;
    setCode(fragment);
    navigate("/setup", { replace: true });
  }, [fragment]);
  return code;
}

function FirstAdmin(): JSX.Element {
  const linked = useCode();
  const [typed, setTyped] = useState("");
  const code = linked || typed;
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const setup = useAction(async () => {
    begin(await api.post("/setup", { body: { code: code.trim(), name: name.trim(), password, email: null } }));
    navigate("/", { replace: true });
  });
  const { problem } = setup;
  return (
    <Form onSubmit={() => void setup.run()} problem={problem} label="First account">
      {linked === "" ? (
        <TextField label="Set-up code" hint="manycast printed it when it started; it is also in the file setup-code of its folder." value={typed} onChange={setTyped} problem={problem?.about("code")} autoComplete="off" required first />
      ) : (
        <Note tone="good">Your link brought the set-up code along.</Note>
      )}
      <TextField label="Name" hint="What you log in with: letters, digits and . _ - @ +" value={name} onChange={setName} problem={problem?.about("name")} autoComplete="username" required first={linked !== ""} />
      <PasswordField label="Password" hint={<Strength password={password} />} value={password} onChange={setPassword} problem={problem?.about("password")} autoComplete="new-password" required />
      <Button type="submit" look="primary" busy={setup.busy}>
        Open the control room
      </Button>
    </Form>
  );
}

function Strength({ password }: { readonly password: string }): JSX.Element {
  const missing = LENGTH_MIN - password.length;
  return <>{missing > 0 && password !== "" ? `${missing} more ${missing === 1 ? "character" : "characters"}.` : `At least ${LENGTH_MIN} characters. A short sentence is a good one.`}</>;
}
