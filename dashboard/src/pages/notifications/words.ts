// What there is to be told of, and by which ways, in people's words.
import type { IconName } from "../../components/icon";
import type { components } from "../../__generated__/api";

type Schemas = components["schemas"];
export type Target = Schemas["Target"];
export type Rule = Schemas["Rule"];
export type Delivery = Schemas["Delivery"];
export type Kind = Delivery["kind"];
/** What a rule may wait for: tests are sent to one target. */
export type RuleKind = Schemas["NewRule"]["kinds"][number];
export type Way = Target["kind"];

export const KINDS: Record<Kind, string> = {
  "stream.live": "A stream goes live",
  "stream.ended": "A stream ends",
  "ingest.unhealthy": "A broadcast is in trouble",
  "ingest.recovered": "A broadcast is well again",
  "destination.failing": "A destination is in trouble",
  "destination.recovered": "A destination is well again",
  "platform.disconnected": "An account must be connected again",
  "recording.ready": "A recording is ready",
  "recording.failed": "A stream is not being recorded",
  "key.refused": "A stream key is refused",
  "node.silent": "A node falls silent",
  "node.back": "A node is back",
  "disk.low": "A disk is almost full",
  "disk.fine": "A disk has room again",
  "account.device": "Somebody logs in with a new device",
  test: "A test",
};

export const KIND_GROUPS: readonly { readonly label: string; readonly kinds: readonly RuleKind[] }[] = [
  { label: "Streams", kinds: ["stream.live", "stream.ended", "ingest.unhealthy", "ingest.recovered"] },
  { label: "Destinations", kinds: ["destination.failing", "destination.recovered", "platform.disconnected"] },
  { label: "Recordings", kinds: ["recording.ready", "recording.failed"] },
  { label: "The network", kinds: ["node.silent", "node.back", "disk.low", "disk.fine"] },
  { label: "Safety", kinds: ["key.refused", "account.device"] },
];

export const WAYS: Record<Way, { readonly label: string; readonly icon: IconName }> = {
  email: { label: "E-mail", icon: "mail" },
  discord: { label: "Discord", icon: "chat" },
  slack: { label: "Slack", icon: "hash" },
  webhook: { label: "Webhook", icon: "plug" },
};
