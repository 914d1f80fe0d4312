// Is all well? One sentence for somebody who looks up from something else, and what to do when it is not.
import type { Node, Stream } from "../../api/types";
import { list, plural } from "../../format";
import { standing, watching as everybody } from "../../live/destinations";

export interface Trouble {
  readonly tone: "unsteady" | "bad";
  /** What it is about: a channel's title, a node's name. */
  readonly about: string;
  readonly text: string;
  readonly href?: string;
}

export interface Verdict {
  readonly tone: "good" | "unsteady" | "bad";
  readonly headline: string;
  readonly text: string;
  readonly troubles: readonly Trouble[];
}

export function verdict(onAir: readonly Stream[], nodes: readonly Node[], titleOf: (channel: string) => string): Verdict {
  const troubles = [...onAir.flatMap((stream) => ofStream(stream, titleOf(stream.channel))), ...nodes.flatMap(ofNode)].sort((a, b) => a.tone.localeCompare(b.tone));
  const tone = troubles.some((one) => one.tone === "bad") ? "bad" : troubles.length > 0 ? "unsteady" : "good";
  return { tone, headline: headline(onAir, titleOf), text: summary(onAir, tone, troubles.length), troubles };
}

function headline(onAir: readonly Stream[], titleOf: (channel: string) => string): string {
  if (onAir.length === 0) return "Nobody is live";
  if (onAir.length > 2) return `${onAir.length} channels are live`;
  return `${list(onAir.map(({ channel }) => titleOf(channel)))} ${onAir.length === 1 ? "is" : "are"} live`;
}

function summary(onAir: readonly Stream[], tone: Verdict["tone"], troubles: number): string {
  const watching = onAir.reduce((sum, stream) => sum + everybody(stream), 0);
  const people = onAir.length === 0 ? [] : [watching === 0 ? "nobody watching yet" : plural(watching, "person watching", "people watching")];
  const well = tone === "good" ? "everything is well" : `${plural(troubles, "thing")} to look at`;
  const words = [...people, well].join(", ");
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

function ofStream(stream: Stream, about: string): Trouble[] {
  const href = `/streams/${stream.channel}`;
  if (stream.stale) return [{ tone: "bad", about, href, text: "Its origin is silent: the stream may go on, but nobody knows how well." }];
  const found: Trouble[] = [];
  if (stream.state === "reconnecting") found.push({ tone: "bad", about, href, text: "The broadcaster’s connection broke. Viewers see the last picture; it may return within half a minute." });
  const { ingest } = stream;
  if (ingest && ingest.condition !== "good") found.push({ tone: ingest.condition, about, href, text: ingest.reasons[0] ?? "What the broadcaster sends comes unsteadily." });
  if (stream.recording_trouble !== "") found.push({ tone: "bad", about, href, text: stream.recording_trouble });
  return [...found, ...ofDestinations(stream, about, href)];
}

function ofDestinations({ destinations }: Stream, about: string, href: string): Trouble[] {
  return destinations
    .filter(({ platform, verdict: how }) => standing(platform, how).tone === "bad")
    .map(({ name, platform, verdict: how, text }) => ({ tone: "bad", about, href, text: text.startsWith(name) ? text : `${name}: ${text || `${standing(platform, how).words}.`}` }));
}

function ofNode(node: Node): Trouble[] {
  if (node.health === "well") return [];
  const text = node.problems[0] ?? (node.health === "silent" ? "It does not report any more." : "It is in trouble.");
  return [{ tone: node.health === "silent" ? "bad" : "unsteady", about: node.node, text }];
}
