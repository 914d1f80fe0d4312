import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useChannels } from "../../api/channels";
import { api, newOnce } from "../../api/client";
import { refresh, useAction } from "../../api/resource";
import type { Role } from "../../api/types";
import { Button } from "../../components/button";
import { CopyField } from "../../components/copy";
import { Dialog } from "../../components/dialog";
import { Form, FormButtons, TextField } from "../../components/field";
import { Choices, OneOf } from "../../components/form-parts";
import { Note } from "../../components/state";
import { Moment } from "../../components/time";
import { hasChannels, ROLES } from "./roles";
import type { MadeInvitation } from "./users";

export function InviteDialog({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const [note, setNote] = useState("");
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("broadcaster");
  const [channels, setChannels] = useState<readonly string[]>([]);
  const [once] = useState(newOnce);
  const [made, setMade] = useState<MadeInvitation | null>(null);
  const all = useChannels().data ?? [];
  const { run, busy, problem } = useAction(async () => {
    setMade(await api.post("/invitations", { body: { note: note.trim(), email: email.trim() || null, role, channels: hasChannels(role) ? [...channels] : [] }, once }));
    refresh("invitations");
  });
  if (made) return <LinkDialog title="Invitation" about="Whoever opens this link chooses a name and a password, and is in." made={made} onClose={onClose} />;
  return (
    <Dialog title="Invite somebody" onClose={onClose}>
      <Form onSubmit={() => void run()} problem={problem}>
        <TextField label="Who is it for?" value={note} onChange={setNote} problem={problem?.about("note")} hint="For your own list." placeholder="Ada from the studio" maxLength={200} first />
        <OneOf label="Role" options={ROLES} value={role} onChange={setRole} />
        {hasChannels(role) && all.length > 0 && (
          <Choices label="Channels" options={all.map(({ name, title }) => ({ value: name, label: title || name }))} chosen={channels} onChange={setChannels} problem={problem?.about("channels")} />
        )}
        <TextField label="E-mail (optional)" type="email" value={email} onChange={setEmail} problem={problem?.about("email")} hint="With single sign-on, this address may take the invitation." />
        <FormButtons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={busy}>
            Make the link
          </Button>
        </FormButtons>
      </Form>
    </Dialog>
  );
}

export interface LinkDialogProps {
  readonly title: string;
  readonly about: string;
  readonly made: MadeInvitation;
  readonly onClose: () => void;
}

/** A link that is shown once. */
export function LinkDialog({ title, about, made, onClose }: LinkDialogProps): JSX.Element {
  return (
    <Dialog title={title} onClose={onClose} firm>
      <p class="soft">{about}</p>
      <CopyField label="Link" value={made.link} />
      <Note tone="unsteady">
        It is shown only this once, works once, and until <Moment at={made.invitation.expires_at} />. Send it by a way that only they read.
      </Note>
      <FormButtons>
        <Button look="primary" onClick={onClose}>
          Done
        </Button>
      </FormButtons>
    </Dialog>
  );
}
