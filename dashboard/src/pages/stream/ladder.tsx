import type { JSX } from "preact";
import type { Rendition, Stream } from "../../api/types";
import { Card } from "../../components/card";
import { Note } from "../../components/state";
import { bitrate } from "../../format";

/** The sizes that viewers get, and what was left out and why. */
export function Ladder({ stream }: { readonly stream: Stream }): JSX.Element {
  const most = Math.max(...stream.renditions.map(({ bandwidth_bps }) => bandwidth_bps), 1);
  return (
    <Card title="Ladder" aside={<span class="small soft">{stream.part_ms === null ? "" : `parts of ${(stream.part_ms / 1000).toFixed(2)} s`}</span>}>
      <ul class="ladder">
        {stream.renditions.map((rendition) => (
          <Rung key={rendition.name} rendition={rendition} share={rendition.bandwidth_bps / most} />
        ))}
      </ul>
      {stream.notes.map((note) => (
        <Note key={note}>{note}</Note>
      ))}
    </Card>
  );
}

function Rung({ rendition, share }: { readonly rendition: Rendition; readonly share: number }): JSX.Element {
  return (
    <li class="rung">
      <span class="rung-bar" style={{ width: `${Math.max(2, share * 100)}%` }} />
      <strong>{rendition.name}</strong>
      <span class="soft figures">
        {rendition.width} × {rendition.height}
        <span class="faint"> · {Math.round(rendition.frame_rate)} fps</span>
      </span>
      <span class="figures nowrap">{bitrate(rendition.bandwidth_bps)}</span>
    </li>
  );
}
