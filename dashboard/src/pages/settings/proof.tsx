import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { useAction } from "../../api/resource";
import type { Me } from "../../api/types";
import { Button } from "../../components/button";
import { Dialog } from "../../components/dialog";
import { Form, FormButtons, PasswordField } from "../../components/field";

export interface ProofDialogProps {
  readonly me: Me;
  readonly title: string;
  readonly action: string;
  readonly danger?: boolean;
  readonly children: ComponentChildren;
  readonly onProof: (proof: { password?: string }) => Promise<unknown>;
  readonly onClose: () => void;
}

/** Asks for the password again: it may be somebody else at a browser left alone. */
export function ProofDialog({ me, title, action, danger = false, children, onProof, onClose }: ProofDialogProps): JSX.Element {
  const [password, setPassword] = useState("");
  const { run, busy, problem } = useAction(() => onProof(me.has_password ? { password } : {}));
  return (
    <Dialog title={title} onClose={onClose}>
      <Form onSubmit={() => void run()} problem={problem}>
        <div class="soft">{children}</div>
        {me.has_password && <PasswordField label="Your password" autoComplete="current-password" value={password} onChange={setPassword} problem={problem?.about("password")} first />}
        <FormButtons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look={danger ? "danger" : "primary"} busy={busy}>
            {action}
          </Button>
        </FormButtons>
      </Form>
    </Dialog>
  );
}
