import type { JSX } from "preact";
import type { Reply } from "../../api/client";
import { Badge } from "../../components/badge";
import { bytes } from "../../format";

type Recording = Reply<"/recordings/{recording_id}", "get">;

/** In a word or two, what is recorded of a broadcast. */
export function RecordingBadge({ recordings }: { readonly recordings: readonly Recording[] }): JSX.Element {
  if (recordings.length === 0) return <span class="faint">none</span>;
  if (recordings.some(({ complete }) => !complete)) return <Badge tone="bad">Recording</Badge>;
  return <span>{bytes(recordings.reduce((sum, { size_bytes }) => sum + size_bytes, 0))}</span>;
}
