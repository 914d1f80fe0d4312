import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, type Reply } from "../../api/client";
import { useAction } from "../../api/resource";
import { Button } from "../../components/button";
import { CopyField } from "../../components/copy";
import { Dialog } from "../../components/dialog";
import { Form, FormButtons } from "../../components/field";
import { Note } from "../../components/state";
import { Moment } from "../../components/time";
import type { Target } from "./words";

type Made = Reply<"/targets/{target_id}/secret", "post">;

/** A new secret for a webhook; the old one goes on for a day. */
export function SecretDialog({ target, onClose }: { readonly target: Target; readonly onClose: () => void }): JSX.Element {
  const [made, setMade] = useState<Made | null>(null);
  const { run, busy, problem } = useAction(async () => setMade(await api.post("/targets/{target_id}/secret", { path: { target_id: target.id } })));
  if (made) return <SigningSecret secret={made.secret} until={made.old_until} onClose={onClose} />;
  return (
    <Dialog title="New signing secret" onClose={onClose}>
      <Form onSubmit={() => void run()} problem={problem}>
        <p class="soft">For a day, messages are signed with the old and the new secret, so that the receiver can change over without losing one.</p>
        <FormButtons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={busy}>
            Make a new one
          </Button>
        </FormButtons>
      </Form>
    </Dialog>
  );
}

export function SigningSecret({ secret, until, onClose }: { readonly secret: string; readonly until?: string; readonly onClose: () => void }): JSX.Element {
  return (
    <Dialog title="Signing secret" onClose={onClose} firm>
      <p class="soft">
        The receiver verifies with it that a message comes from here (Standard Webhooks).
        {until && (
          <>
            {" "}
            The old one counts until <Moment at={until} />.
          </>
        )}
      </p>
      <CopyField label="Signing secret" value={secret} />
      <Note tone="unsteady">It is shown only this once. Copy it now.</Note>
      <FormButtons>
        <Button look="primary" onClick={onClose}>
          I have copied it
        </Button>
      </FormButtons>
    </Dialog>
  );
}
