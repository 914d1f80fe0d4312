import type { JSX } from "preact";
import type { Stream } from "../../api/types";
import { OnAir } from "../../components/badge";
import { Sparkline } from "../../components/figure";
import { Icon } from "../../components/icon";
import { Snapshot } from "../../components/snapshot";
import { Since } from "../../components/time";
import { bitrateParts, count } from "../../format";
import { historyOf } from "../../live/history";

const WORDS = { good: "Steady", unsteady: "Unsteady", bad: "In trouble" } as const;

/** One stream on the air, at a glance; the whole card leads to its page. */
export function LiveCard({ stream, title }: { readonly stream: Stream; readonly title: string }): JSX.Element {
  const { ingest } = stream;
  const condition = ingest?.condition ?? "bad";
  const rate = bitrateParts(ingest?.video_bps ?? 0);
  return (
    <article class={`live-card tone-${condition}`}>
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
            <span class="figures">{count(stream.viewers)}</span>
            <span class="unseen">watching</span>
          </span>
        </div>
      </div>
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
        <div class="live-health">
          <span class={`condition tone-${condition}`}>{ingest ? WORDS[condition] : "Reconnecting"}</span>
          <Sparkline values={historyOf(stream).video_bps} />
          <span class="figures nowrap">
            {rate.number} <span class="faint small">{rate.unit}</span>
          </span>
          <span class="figures nowrap live-fps">
            {Math.round(ingest?.frame_rate ?? 0)} <span class="faint small">fps</span>
          </span>
        </div>
      </div>
    </article>
  );
}
