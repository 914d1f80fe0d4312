import type { ComponentChildren, JSX } from "preact";
import type { Tone } from "./state";
import "./badge.css";

export function Badge({ tone = "plain", children }: { readonly tone?: Tone; readonly children: ComponentChildren }): JSX.Element {
  return <span class={`badge tone-${tone}`}>{children}</span>;
}

/** A coloured dot; `label` says in words what the colour means. */
export function Dot({ tone, label, beating = false }: { readonly tone: Tone | "live" | "off"; readonly label?: string; readonly beating?: boolean }): JSX.Element {
  return (
    <span class={`dot tone-${tone}${beating ? " beating" : ""}`}>
      {label && <span class="unseen">{label}</span>}
    </span>
  );
}

const STATES = {
  live: ["live", "Live"],
  starting: ["starting", "Starting"],
  reconnecting: ["reconnecting", "Reconnecting"],
  ended: ["ended", "Ended"],
  offline: ["offline", "Off air"],
} as const;

/** Whether a stream is on the air. */
export function OnAir({ state }: { readonly state: keyof typeof STATES }): JSX.Element {
  const [look, words] = STATES[state];
  return <span class={`on-air ${look}`}>{words}</span>;
}

export function Avatar({ name }: { readonly name: string }): JSX.Element {
  const initials = name
    .split(/[\s._@-]+/)
    .filter((word) => word !== "")
    .slice(0, 2)
    .map((word) => word[0]?.toUpperCase() ?? "")
    .join("");
  return (
    <span class="avatar" aria-hidden="true">
      {initials}
    </span>
  );
}
