// What the broadcaster sends, how well, and what to do when it is not well.
import type { JSX } from "preact";
import type { Ingest, Stream } from "../../api/types";
import { Card } from "../../components/card";
import { Figure, Figures } from "../../components/figure";
import { Note } from "../../components/state";
import { bitrate, bitrateParts, count } from "../../format";
import { historyOf } from "../../live/history";

const BEHIND_FROM_MS = 1000;
const GOOD_KEYFRAMES_MS = 2500; // longer intervals make joining and switching slow

const VERDICTS = {
  good: ["good", "The stream comes in steadily."],
  unsteady: ["unsteady", "The stream comes in unsteadily."],
  bad: ["bad", "The stream is in trouble."],
} as const;

export function Health({ stream }: { readonly stream: Stream }): JSX.Element {
  const { ingest } = stream;
  return (
    <Card title="Ingest" flush aside={ingest && <Source ingest={ingest} />}>
      {ingest ? <Verdict ingest={ingest} /> : <Gap stream={stream} />}
      {ingest && <Numbers stream={stream} ingest={ingest} />}
    </Card>
  );
}

function Source({ ingest }: { readonly ingest: Ingest }): JSX.Element {
  return (
    <span class="small soft mono cut">
      {ingest.protocol.toUpperCase()}
      {ingest.peer && ` from ${ingest.peer}`}
    </span>
  );
}

function Verdict({ ingest }: { readonly ingest: Ingest }): JSX.Element {
  const [tone, words] = VERDICTS[ingest.condition];
  return (
    <div class="health-verdict" role="status">
      <Note tone={tone}>
        <strong>{words}</strong>
        {ingest.reasons.length > 0 && (
          <ul>
            {ingest.reasons.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        )}
      </Note>
    </div>
  );
}

function Gap({ stream }: { readonly stream: Stream }): JSX.Element {
  return (
    <div class="health-verdict" role="status">
      <Note tone={stream.state === "reconnecting" ? "unsteady" : "plain"}>
        {stream.state === "reconnecting" ? "The broadcaster’s connection broke. Viewers see the last picture; the stream goes on if it returns within half a minute." : "Nobody publishes."}
      </Note>
    </div>
  );
}

function Numbers({ stream, ingest }: { readonly stream: Stream; readonly ingest: Ingest }): JSX.Element {
  const history = historyOf(stream);
  const rate = bitrateParts(ingest.video_bps);
  return (
    <Figures>
      <Figure label="Bitrate" value={rate.number} unit={rate.unit} about={`audio ${bitrate(ingest.audio_bps)}`} tone={ingest.condition} history={history.video_bps} />
      <Figure label="Frame rate" value={round(ingest.frame_rate)} unit="fps" about={promised(stream)} history={history.frame_rate} tone={slow(stream, ingest) ? "unsteady" : "good"} />
      <Behind ms={ingest.behind_ms} history={history.behind_ms} />
      <Keyframes ms={ingest.keyframe_interval_ms} />
      <Figure label="Dropped" value={count(ingest.dropped_frames)} unit={ingest.dropped_frames === 1 ? "frame" : "frames"} about="by the encoder" tone={ingest.dropped_frames > 0 && ingest.condition !== "good" ? "unsteady" : "plain"} />
      <Figure label="Watching" value={count(stream.viewers)} about="now" history={history.viewers} />
    </Figures>
  );
}

function Behind({ ms, history }: { readonly ms: number; readonly history: readonly number[] }): JSX.Element {
  const late = ms > BEHIND_FROM_MS;
  return <Figure label="Behind" value={ms < 1000 ? ms : round(ms / 1000)} unit={ms < 1000 ? "ms" : "s"} about="of real time" history={history} tone={late ? "unsteady" : "good"} />;
}

function Keyframes({ ms }: { readonly ms: number | null }): JSX.Element {
  if (ms === null) return <Figure label="Keyframes" value="–" about="none came twice yet" />;
  return <Figure label="Keyframes" value={`every ${round(ms / 1000)}`} unit="s" about="1 to 2 s is best" tone={ms > GOOD_KEYFRAMES_MS ? "unsteady" : "plain"} />;
}

function promised(stream: Stream): string {
  const source = stream.renditions.find(({ name }) => name === "source");
  return source === undefined ? "" : `of ${round(source.frame_rate)}, ${source.width} × ${source.height}`;
}

function slow(stream: Stream, ingest: Ingest): boolean {
  const source = stream.renditions.find(({ name }) => name === "source");
  return source !== undefined && ingest.frame_rate < source.frame_rate * 0.9;
}

function round(number: number): string {
  return String(Math.round(number * 10) / 10);
}
