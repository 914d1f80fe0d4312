import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, newOnce } from "../../api/client";
import { refresh } from "../../api/resource";
import { may, session } from "../../api/session";
import { Confirm, Menu, type MenuItem } from "../../components/dialog";
import { Checkbox } from "../../components/field";
import { toast } from "../../components/toasts";
import { LinkDialog } from "./invite-dialog";
import { RoleDialog } from "./role-dialog";
import type { MadeInvitation, User } from "./users";

type Doing = "role" | "password" | "disabling" | "deleting" | null;

export function PersonMenu({ user }: { readonly user: User }): JSX.Element | null {
  const [doing, setDoing] = useState<Doing>(null);
  const [link, setLink] = useState<MadeInvitation | null>(null);
  const done = (): void => setDoing(null);
  if (!may("users:write") || user.id === session.value?.user.id) return null; // one's own account is in the settings
  return (
    <>
      <Menu label={`More for ${user.name}`} items={items(user, setDoing)} />
      {doing === "role" && <RoleDialog user={user} onClose={done} />}
      {doing === "password" && <NewPassword user={user} onLink={setLink} onClose={done} />}
      {link && <LinkDialog title="New password" about={`With this link ${user.name} chooses a new password.`} made={link} onClose={() => setLink(null)} />}
      {doing === "disabling" && <Disabling user={user} onClose={done} />}
      {doing === "deleting" && <Deletion user={user} onClose={done} />}
    </>
  );
}

function items(user: User, begin: (doing: Doing) => void): readonly MenuItem[] {
  return [
    { label: "Role and channels", icon: "people", onChoose: () => begin("role") },
    { label: "New password", icon: "key", onChoose: () => begin("password") },
    { label: user.disabled ? "Enable" : "Disable", icon: "plug", onChoose: () => begin("disabling") },
    { label: "Delete", icon: "trash", danger: true, onChoose: () => begin("deleting") },
  ];
}

interface OfUser {
  readonly user: User;
  readonly onClose: () => void;
}

function NewPassword({ user, onLink, onClose }: OfUser & { readonly onLink: (made: MadeInvitation) => void }): JSX.Element {
  const [forget, setForget] = useState(false);
  const [once] = useState(newOnce);
  const make = async (): Promise<void> => {
    onLink(await api.post("/users/{user_id}/reset", { path: { user_id: user.id }, body: { forget_second_factor: forget }, once }));
    refresh("invitations", "users");
  };
  return (
    <Confirm title={`A new password for ${user.name}?`} action="Make a link" onConfirm={make} onClose={onClose}>
      <div class="stack">
        <p>You get a link to send them; with it they choose a new password. The old one works until then.</p>
        {user.second_factor && <Checkbox label="Also remove the second factor" hint="For somebody who lost both the phone and the recovery codes. Make sure that it is really them." checked={forget} onChange={setForget} />}
      </div>
    </Confirm>
  );
}

function Disabling({ user, onClose }: OfUser): JSX.Element {
  const { id, version, disabled, name } = user;
  const change = async (): Promise<void> => {
    await api.patch("/users/{user_id}", { path: { user_id: id }, version, body: { disabled: !disabled } });
    toast(disabled ? `${name} may log in again.` : `${name} is disabled.`);
    refresh("users");
  };
  return (
    <Confirm title={`${disabled ? "Enable" : "Disable"} ${name}?`} action={disabled ? "Enable" : "Disable"} onConfirm={change} onClose={onClose}>
      {disabled ? "They may log in again, as before." : "They are logged out everywhere at once, and their API keys stop working. Nothing is deleted."}
    </Confirm>
  );
}

function Deletion({ user, onClose }: OfUser): JSX.Element {
  const remove = async (): Promise<void> => {
    await api.delete("/users/{user_id}", { path: { user_id: user.id }, version: user.version });
    toast(`${user.name} is deleted.`);
    refresh("users");
  };
  return (
    <Confirm title={`Delete ${user.name}?`} action="Delete" onConfirm={remove} onClose={onClose}>
      The account, its sessions and its API keys are gone for good. What they did stays in the audit log.
    </Confirm>
  );
}
