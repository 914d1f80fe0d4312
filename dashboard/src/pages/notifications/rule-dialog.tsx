import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useChannels } from "../../api/channels";
import { api, newOnce } from "../../api/client";
import type { Problem } from "../../api/problem";
import { refresh, useAction } from "../../api/resource";
import { Button } from "../../components/button";
import { Dialog } from "../../components/dialog";
import { Form, FormButtons, TextField } from "../../components/field";
import { Choices } from "../../components/form-parts";
import { toast } from "../../components/toasts";
import { beginning, type Draft, request } from "./draft";
import { RuleTiming } from "./rule-timing";
import { RuleWording } from "./rule-wording";
import { KIND_GROUPS, KINDS, type Rule, type RuleKind, type Target } from "./words";

export interface RuleDialogProps {
  /** Which one to change; without it a new one is made. */
  readonly rule?: Rule;
  readonly targets: readonly Target[];
  /** The target that a new rule begins with. */
  readonly chosen?: string;
  readonly onClose: () => void;
}

export interface PartProps {
  readonly draft: Draft;
  readonly change: (part: Partial<Draft>) => void;
  readonly problem: Problem | null;
}

export function RuleDialog({ rule, targets, chosen, onClose }: RuleDialogProps): JSX.Element {
  const [draft, setDraft] = useState(() => beginning(rule, chosen ?? (targets.length === 1 ? targets[0]?.id : undefined)));
  const [once] = useState(newOnce);
  const change = (part: Partial<Draft>): void => setDraft((was) => ({ ...was, ...part }));
  const { run, busy, problem } = useAction(async () => {
    const body = request(draft);
    if (rule) await api.patch("/rules/{rule_id}", { path: { rule_id: rule.id }, version: rule.version, body });
    else await api.post("/rules", { body: { ...body, enabled: true }, once });
    refresh("rules");
    toast(rule ? "Saved." : `${draft.name} is on.`);
    onClose();
  });
  return (
    <Dialog title={rule ? `Edit ${rule.name}` : "What is told"} onClose={onClose}>
      <Form onSubmit={() => void run()} problem={problem}>
        <TextField label="Name" value={draft.name} onChange={(name) => change({ name })} problem={problem?.about("name")} maxLength={100} first />
        <Kinds draft={draft} change={change} problem={problem} />
        <Choices
          label="Tell it to"
          options={targets.map(({ id, name }) => ({ value: id, label: name }))}
          chosen={draft.targets}
          onChange={(ids) => change({ targets: ids })}
          problem={problem?.about("targets")}
        />
        <OnlyChannels draft={draft} change={change} problem={problem} />
        <RuleTiming draft={draft} change={change} problem={problem} />
        <RuleWording draft={draft} change={change} problem={problem} />
        <FormButtons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={busy}>
            {rule ? "Save" : "Add the rule"}
          </Button>
        </FormButtons>
      </Form>
    </Dialog>
  );
}

function Kinds({ draft, change, problem }: PartProps): JSX.Element {
  const [first, ...rest] = KIND_GROUPS;
  const others = (kinds: readonly RuleKind[]): RuleKind[] => draft.kinds.filter((kind) => !kinds.includes(kind));
  return (
    <>
      {[first, ...rest].map(
        (group) =>
          group && (
            <Choices
              key={group.label}
              label={group.label}
              options={group.kinds.map((kind) => ({ value: kind, label: KINDS[kind] }))}
              chosen={draft.kinds}
              onChange={(kinds) => change({ kinds: [...others(group.kinds), ...kinds.filter((kind) => group.kinds.includes(kind))] })}
              problem={group === first ? problem?.about("kinds") : undefined}
            />
          ),
      )}
    </>
  );
}

function OnlyChannels({ draft, change }: PartProps): JSX.Element | null {
  const channels = useChannels().data ?? [];
  if (channels.length < 2) return null;
  return (
    <Choices
      label="Only of these channels"
      hint="None chosen: of every channel."
      options={channels.map(({ name, title }) => ({ value: name, label: title || name }))}
      chosen={draft.channels}
      onChange={(names) => change({ channels: names })}
    />
  );
}
