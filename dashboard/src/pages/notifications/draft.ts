// A rule while somebody works on it.
import type { Rule, RuleKind } from "./words";

export interface Draft {
  readonly name: string;
  readonly kinds: readonly RuleKind[];
  readonly channels: readonly string[];
  readonly targets: readonly string[];
  readonly lasting_s: number;
  readonly cooldown_s: number;
  readonly quiet: { readonly zone: string; readonly begins: string; readonly ends: string; readonly instead: "hold" | "drop" } | null;
  readonly title: string;
  readonly text: string;
}

const USUAL: Draft = {
  name: "What matters",
  kinds: ["stream.live", "stream.ended", "ingest.unhealthy", "recording.failed", "disk.low"],
  channels: [],
  targets: [],
  lasting_s: 15,
  cooldown_s: 300,
  quiet: null,
  title: "",
  text: "",
};

export function beginning(rule: Rule | undefined, chosen: string | undefined): Draft {
  if (rule === undefined) return { ...USUAL, targets: chosen === undefined ? [] : [chosen] };
  const { name, kinds, channels, targets, lasting_s, cooldown_s, quiet, title, text } = rule;
  return { name, kinds: kinds.filter((kind) => kind !== "test"), channels, targets, lasting_s, cooldown_s, quiet, title, text };
}

export function request(draft: Draft): Draft {
  return { ...draft, name: draft.name.trim(), title: draft.title.trim(), text: draft.text.trim() };
}

export function quietTonight(zone: string): NonNullable<Draft["quiet"]> {
  return { zone, begins: "22:00", ends: "07:00", instead: "hold" };
}
