import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { useAction } from "../../api/resource";
import { askWhoIAm } from "../../api/session";
import type { Me } from "../../api/types";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { Form, FormButtons, PasswordField, TextField } from "../../components/field";
import { toast } from "../../components/toasts";

export function PasswordCard({ me }: { readonly me: Me }): JSX.Element {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const { run, busy, problem } = useAction(async () => {
    await api.put("/account/password", { body: { ...(me.has_password && { current }), new: next } });
    await askWhoIAm();
    setCurrent("");
    setNext("");
    toast("The password is changed. Other browsers are logged out.");
  });
  return (
    <Card title="Password" about={me.has_password ? undefined : "You log in by single sign-on; a password is a second way in."}>
      <Form label="Password" onSubmit={() => void run()} problem={problem}>
        <input type="text" class="unseen" autoComplete="username" value={me.name} readOnly tabIndex={-1} aria-hidden="true" />
        {me.has_password && <PasswordField label="Current password" autoComplete="current-password" value={current} onChange={setCurrent} problem={problem?.about("current")} />}
        <PasswordField label="New password" autoComplete="new-password" value={next} onChange={setNext} problem={problem?.about("new")} hint="At least 12 characters. A few words in a row are good." />
        <FormButtons>
          <Button type="submit" busy={busy}>
            Change the password
          </Button>
        </FormButtons>
      </Form>
    </Card>
  );
}

export function EmailCard({ me }: { readonly me: Me }): JSX.Element {
  const [email, setEmail] = useState(me.email ?? "");
  const [password, setPassword] = useState("");
  const { run, busy, problem } = useAction(async () => {
    await api.put("/account/email", { body: { email: email.trim() || null, ...(me.has_password && { password }) } });
    await askWhoIAm();
    setPassword("");
    toast("Saved.");
  });
  return (
    <Card title="E-mail address" about="You can log in with it as well as with your name.">
      <Form label="E-mail address" onSubmit={() => void run()} problem={problem}>
        <TextField label="E-mail" type="email" autoComplete="email" value={email} onChange={setEmail} problem={problem?.about("email")} />
        {me.has_password && email !== (me.email ?? "") && <PasswordField label="Your password" autoComplete="current-password" value={password} onChange={setPassword} problem={problem?.about("password")} />}
        <FormButtons>
          <Button type="submit" busy={busy} disabled={email === (me.email ?? "")}>
            Save
          </Button>
        </FormButtons>
      </Form>
    </Card>
  );
}
