import type { JSX } from "preact";
import type { Stream } from "../../api/types";
import { OnAir } from "../../components/badge";
import { Sparkline } from "../../components/figure";
import { Icon } from "../../components/icon";
import { PlatformMark } from "../../components/platform";
import { Snapshot } from "../../components/snapshot";
import { Since } from "../../components/time";
import { bitrateParts, count } from "../../format";
import { standing, watching } from "../../live/destinations";
import { historyOf } from "../../live/history";

const WORDS = { good: "Steady", unsteady: "Unsteady", bad: "In trouble" } as const;

export interface LiveCardProps {
  readonly stream: Stream;
  readonly title: string;
  /** The only one on the air: there is room for more figures. */
  readonly alone?: boolean;
}

/** One stream on the air, at a glance; the whole card leads to its page. */
export function LiveCard({ stream, title, alone = false }: LiveCardProps): JSX.Element {
  const condition = stream.ingest?.condition ?? "bad";
  return (
    <article class={`live-card tone-${condition}${alone ? " alone-card" : ""}`}>
      <Picture stream={stream} />
      <div class="live-about">
        <div class="row stay between">
          <h2 class="cut">
            <a class="live-link" href={`/streams/${stream.channel}`}>
              {title}
            </a>
          </h2>
          <span class="soft small">
            <Since at={stream.since} />
          </span>
        </div>
        <Elsewhere stream={stream} />
        {alone && <Stats stream={stream} />}
        <Pulse stream={stream} />
      </div>
    </article>
  );
}

function Picture({ stream }: { readonly stream: Stream }): JSX.Element {
  return (
    <div class="live-frame">
      <Snapshot channel={stream.channel} />
      <div class="live-badges">
        <OnAir state={stream.state} />
        {stream.recording && (
          <span class="live-chip" title="Recording">
            <span class="rec" /> REC
          </span>
        )}
        <span class="live-chip end">
          <Icon name="eye" size={14} />
          <span class="figures">{count(watching(stream))}</span>
          <span class="unseen">watching</span>
        </span>
      </div>
    </div>
  );
}

/** Where it goes on to: what is not well there is pale, and says why above. */
function Elsewhere({ stream }: { readonly stream: Stream }): JSX.Element | null {
  const on = stream.destinations.filter(({ verdict }) => verdict !== "off");
  if (on.length === 0) return null;
  return (
    <ul class="live-elsewhere" aria-label="Sent on to">
      {on.map(({ id, name, platform, verdict }) => {
        const { words, tone } = standing(platform, verdict);
        return (
          <li key={id} class={`tone-${tone}`} title={`${name}: ${words}`}>
            <PlatformMark platform={platform} small />
            <span class="unseen">
              {name}: {words}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

function Pulse({ stream }: { readonly stream: Stream }): JSX.Element {
  const { ingest } = stream;
  const condition = ingest?.condition ?? "bad";
  const rate = bitrateParts(ingest?.video_bps ?? 0);
  return (
    <div class="live-health">
      <span class={`condition tone-${condition}`}>{ingest ? WORDS[condition] : "Reconnecting"}</span>
      <Sparkline values={historyOf(stream).video_bps} />
      <span class="figures nowrap live-number">
        {rate.number} <span class="faint small">{rate.unit}</span>
      </span>
      <span class="figures nowrap live-number">
        {Math.round(ingest?.frame_rate ?? 0)} <span class="faint small">fps</span>
      </span>
    </div>
  );
}

function Stats({ stream }: { readonly stream: Stream }): JSX.Element {
  const source = stream.renditions.find(({ name }) => name === "source");
  const rate = bitrateParts(stream.ingest?.video_bps ?? 0);
  const shown = [
    ["Watching", count(watching(stream)), ""],
    ["Bitrate", rate.number, rate.unit],
    ["Frame rate", Math.round(stream.ingest?.frame_rate ?? 0), "fps"],
    ["Picture", source ? `${source.width} × ${source.height}` : "–", ""],
  ] as const;
  return (
    <dl class="live-stats">
      {shown.map(([label, value, unit]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>
            {value} <span class="faint small">{unit}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
