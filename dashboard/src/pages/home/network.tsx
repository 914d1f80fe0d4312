// Which roles run where, since when, and whether they are well.
import type { JSX } from "preact";
import type { Node } from "../../api/types";
import { Badge, Dot } from "../../components/badge";
import { Card } from "../../components/card";
import { Icon, type IconName } from "../../components/icon";
import { Ago } from "../../components/time";
import { bytes, plural, span } from "../../format";
import { now_ms } from "../../live/store";

const ROLES: Record<Node["role"], readonly [IconName, string]> = {
  control: ["gear", "Control"],
  origin: ["live", "Origin"],
  edge: ["globe", "Edge"],
};
const ORDER: readonly Node["role"][] = ["control", "origin", "edge"];
const HEALTHS = { well: ["good", "Well"], troubled: ["unsteady", "In trouble"], silent: ["bad", "Silent"] } as const;

export function Network({ nodes }: { readonly nodes: readonly Node[] }): JSX.Element {
  const sorted = [...nodes].sort((a, b) => ORDER.indexOf(a.role) - ORDER.indexOf(b.role) || a.node.localeCompare(b.node));
  const ill = nodes.filter(({ health }) => health !== "well").length;
  return (
    <Card title="Network" flush aside={<Badge tone={ill > 0 ? "unsteady" : "good"}>{ill > 0 ? `${ill} of ${nodes.length} not well` : `${plural(nodes.length, "node")}, all well`}</Badge>}>
      {nodes.length === 0 ? <p class="network-none soft">No node has reported yet. Origins and edges appear here by themselves.</p> : <ul>{sorted.map((node) => <Line key={node.node} node={node} />)}</ul>}
    </Card>
  );
}

function Line({ node }: { readonly node: Node }): JSX.Element {
  const [icon, role] = ROLES[node.role];
  const [tone, words] = HEALTHS[node.health];
  const up_ms = now_ms.value - Date.parse(node.since);
  return (
    <li class="node">
      <span class="node-icon">
        <Icon name={icon} />
        <Dot tone={tone} label={words} />
      </span>
      <div class="grow">
        <p class="node-name">
          <strong>{role}</strong> <span class="soft cut">{node.node.split("@")[1] ?? node.node}</span>
        </p>
        <p class={`small ${node.health === "well" ? "faint" : "node-problem"}`}>{node.problems[0] ?? (node.health === "silent" ? <>Silent since <Ago at={node.heard_at} /></> : doing(node))}</p>
      </div>
      <span class="small soft figures nowrap" title={`Version ${node.version}`}>
        up {span(up_ms)}
      </span>
    </li>
  );
}

function doing({ role, viewers, streams, numbers }: Node): string {
  const memory = numbers["memory_bytes"];
  const parts = [
    role === "origin" ? plural(streams.length, "stream") : role === "edge" ? plural(viewers, "viewer") : "this dashboard and its API",
    ...(memory === undefined ? [] : [bytes(memory)]),
  ];
  return parts.join(" · ");
}
