import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { problemFrom } from "../../api/problem";
import { refresh } from "../../api/resource";
import { may } from "../../api/session";
import { Badge } from "../../components/badge";
import { Button } from "../../components/button";
import { Confirm, Menu, type MenuItem } from "../../components/dialog";
import { Item } from "../../components/list";
import { Ago } from "../../components/time";
import { toast } from "../../components/toasts";
import { list } from "../../format";
import { SecretDialog } from "./secret-dialog";
import { TargetDialog } from "./target-dialog";
import { type Target, WAYS } from "./words";

type Doing = "editing" | "deleting" | "rotating" | null;

export function TargetItem({ target }: { readonly target: Target }): JSX.Element {
  const [doing, setDoing] = useState<Doing>(null);
  const done = (): void => setDoing(null);
  return (
    <Item icon={WAYS[target.kind].icon} title={target.name} badge={<Standing target={target} />} about={<About target={target} />} dim={!target.enabled}>
      {may("notices:write") && (
        <>
          <Button size="small" onClick={() => void test(target)}>
            Send a test
          </Button>
          <Menu label={`More for ${target.name}`} items={items(target, setDoing)} />
        </>
      )}
      {doing === "editing" && <TargetDialog target={target} onClose={done} />}
      {doing === "deleting" && <Deletion target={target} onClose={done} />}
      {doing === "rotating" && <SecretDialog target={target} onClose={done} />}
    </Item>
  );
}

function Standing({ target: { enabled, trouble, tried_at } }: { readonly target: Target }): JSX.Element | null {
  if (!enabled) return <Badge>Off</Badge>;
  if (trouble) return <Badge tone="bad">In trouble</Badge>;
  return tried_at ? <Badge tone="good">Works</Badge> : null;
}

function About({ target: { kind, address, recipients, trouble, tried_at } }: { readonly target: Target }): JSX.Element {
  const where = kind === "email" ? list(recipients) : address;
  return (
    <>
      {WAYS[kind].label} · {where}
      {trouble && tried_at && (
        <p class="trouble">
          <Ago at={tried_at} />: {trouble}
        </p>
      )}
    </>
  );
}

function items(target: Target, begin: (doing: Doing) => void): readonly MenuItem[] {
  return [
    { label: "Edit", icon: "edit", onChoose: () => begin("editing") },
    { label: target.enabled ? "Switch off" : "Switch on", icon: "plug", onChoose: () => void toggle(target) },
    ...(target.kind === "webhook" ? ([{ label: "New signing secret", icon: "rotate", onChoose: () => begin("rotating") }] as const) : []),
    { label: "Delete", icon: "trash", danger: true, onChoose: () => begin("deleting") },
  ];
}

async function test(target: Target): Promise<void> {
  try {
    await api.post("/targets/{target_id}/test", { path: { target_id: target.id } });
    toast(`A test is on its way to ${target.name}.`, "plain");
    refresh("targets", "deliveries");
  } catch (error) {
    toast(problemFrom(error).detail, "bad");
  }
}

async function toggle({ id, version, enabled }: Target): Promise<void> {
  try {
    await api.patch("/targets/{target_id}", { path: { target_id: id }, version, body: { enabled: !enabled } });
  } catch (error) {
    toast(problemFrom(error).detail, "bad");
  }
  refresh("targets");
}

function Deletion({ target, onClose }: { readonly target: Target; readonly onClose: () => void }): JSX.Element {
  const remove = async (): Promise<void> => {
    await api.delete("/targets/{target_id}", { path: { target_id: target.id } });
    toast(`${target.name} is deleted.`);
    refresh("targets", "rules");
  };
  return (
    <Confirm title={`Delete ${target.name}?`} action="Delete" onConfirm={remove} onClose={onClose}>
      It is told nothing any more, and the rules that name it lose it. What waits for it is not sent.
    </Confirm>
  );
}
