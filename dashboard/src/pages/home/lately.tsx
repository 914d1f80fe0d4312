import type { JSX } from "preact";
import { api } from "../../api/client";
import { useResource } from "../../api/resource";
import type { Broadcast } from "../../api/types";
import { Card } from "../../components/card";
import { OnAir } from "../../components/badge";
import { Icon } from "../../components/icon";
import { Empty, Loaded } from "../../components/state";
import { Moment } from "../../components/time";
import { clock, count } from "../../format";

const SHOWN = 6;

export function Lately({ titles }: { readonly titles: ReadonlyMap<string, string> }): JSX.Element {
  const broadcasts = useResource(`broadcasts?limit=${SHOWN}`, async (signal) => (await api.get("/broadcasts", { query: { limit: SHOWN }, signal })).items);
  return (
    <Card title="Recent broadcasts" flush aside={<a class="small soft more-link" href="/broadcasts">All broadcasts</a>}>
      <Loaded resource={broadcasts}>
        {(items) =>
          items.length === 0 ? (
            <Empty icon="film" title="No broadcasts yet">
              Each time a channel goes live it becomes a broadcast here, with its recording.
            </Empty>
          ) : (
            <ul>
              {items.map((one) => (
                <Line key={one.id} broadcast={one} channel={titles.get(one.channel) ?? one.channel} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
}

function Line({ broadcast, channel }: { readonly broadcast: Broadcast; readonly channel: string }): JSX.Element {
  const { id, title, live, started_at, ended_at, viewers_peak, recordings } = broadcast;
  return (
    <li>
      <a class="lately" href={live ? `/streams/${broadcast.channel}` : `/broadcasts/${id}`}>
        <div class="grow">
          <p class="cut lately-title">{title || channel}</p>
          <p class="small faint cut">
            {title !== "" && title !== channel && `${channel} · `}
            <Moment at={started_at} />
          </p>
        </div>
        {recordings.length > 0 && (
          <span class="lately-play" title="Recorded">
            <Icon name="play" size={14} />
            <span class="unseen">Recorded</span>
          </span>
        )}
        <span class="small soft figures nowrap lately-figures">
          {live ? <OnAir state="live" /> : ended_at !== null && clock(Date.parse(ended_at) - Date.parse(started_at))}
          <span class="faint">peak {count(viewers_peak)}</span>
        </span>
      </a>
    </li>
  );
}
