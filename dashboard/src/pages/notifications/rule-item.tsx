import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { problemFrom } from "../../api/problem";
import { refresh } from "../../api/resource";
import { may } from "../../api/session";
import { Badge } from "../../components/badge";
import { Confirm, Menu } from "../../components/dialog";
import { Item } from "../../components/list";
import { toast } from "../../components/toasts";
import { list } from "../../format";
import { RuleDialog } from "./rule-dialog";
import { KINDS, type Rule, type Target } from "./words";

const NAMED_MAX = 3; // kinds named in the line; the rest is a number

export function RuleItem({ rule, targets }: { readonly rule: Rule; readonly targets: readonly Target[] }): JSX.Element {
  const [doing, setDoing] = useState<"editing" | "deleting" | null>(null);
  const done = (): void => setDoing(null);
  const lonely = rule.enabled && rule.targets.length === 0;
  return (
    <Item icon="bell" title={rule.name} badge={rule.enabled ? lonely && <Badge tone="unsteady">Tells nobody</Badge> : <Badge>Off</Badge>} about={<About rule={rule} targets={targets} />} dim={!rule.enabled}>
      {may("notices:write") && (
        <Menu
          label={`More for ${rule.name}`}
          items={[
            { label: "Edit", icon: "edit", onChoose: () => setDoing("editing") },
            { label: rule.enabled ? "Switch off" : "Switch on", icon: "plug", onChoose: () => void toggle(rule) },
            { label: "Delete", icon: "trash", danger: true, onChoose: () => setDoing("deleting") },
          ]}
        />
      )}
      {doing === "editing" && <RuleDialog rule={rule} targets={targets} onClose={done} />}
      {doing === "deleting" && <Deletion rule={rule} onClose={done} />}
    </Item>
  );
}

function About({ rule, targets }: { readonly rule: Rule; readonly targets: readonly Target[] }): JSX.Element {
  const kinds = rule.kinds.map((kind) => KINDS[kind]);
  const shown = kinds.length > NAMED_MAX ? [...kinds.slice(0, NAMED_MAX - 1), `${kinds.length - NAMED_MAX + 1} more`] : kinds;
  const names = targets.filter(({ id }) => rule.targets.includes(id)).map(({ name }) => name);
  const { quiet, channels } = rule;
  return (
    <>
      <p>{sentence(shown)}</p>
      <p class="faint">
        {names.length > 0 ? `To ${list(names)}` : "To nobody"}
        {channels.length > 0 && ` · only of ${list(channels)}`}
        {quiet && ` · quiet from ${quiet.begins} to ${quiet.ends}, ${quiet.zone}`}
      </p>
    </>
  );
}

/** `A stream goes live, a stream ends and 2 more` */
function sentence(parts: readonly string[]): string {
  return list(parts.map((part, index) => (index === 0 ? part : part.charAt(0).toLowerCase() + part.slice(1))));
}

async function toggle({ id, version, enabled }: Rule): Promise<void> {
  try {
    await api.patch("/rules/{rule_id}", { path: { rule_id: id }, version, body: { enabled: !enabled } });
  } catch (error) {
    toast(problemFrom(error).detail, "bad");
  }
  refresh("rules");
}

function Deletion({ rule, onClose }: { readonly rule: Rule; readonly onClose: () => void }): JSX.Element {
  const remove = async (): Promise<void> => {
    await api.delete("/rules/{rule_id}", { path: { rule_id: rule.id } });
    toast(`${rule.name} is deleted.`);
    refresh("rules");
  };
  return (
    <Confirm title={`Delete ${rule.name}?`} action="Delete" onConfirm={remove} onClose={onClose}>
      Nobody is told of these by this rule any more. Its targets stay.
    </Confirm>
  );
}
