// Where the stream goes beyond our own viewers: each place with its true state, started and stopped by itself or all at once.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api } from "../../../api/client";
import { refresh, useAction } from "../../../api/resource";
import { may } from "../../../api/session";
import { type Account, type Destination, type DestinationLive, type Platform, useAccounts, useDestinations } from "../../../api/simulcast";
import type { Channel, Stream } from "../../../api/types";
import { Button } from "../../../components/button";
import { Card } from "../../../components/card";
import { PlatformMark, PLATFORMS } from "../../../components/platform";
import { Loaded, Note } from "../../../components/state";
import { AddDestination } from "./add";
import { DestinationItem } from "./item";
import "./simulcast.css";

export function Destinations({ channel, stream }: { readonly channel: Channel; readonly stream: Stream | undefined }): JSX.Element {
  const destinations = useDestinations(channel.name);
  const accounts = useAccounts(channel.name);
  const [adding, setAdding] = useState<Platform | "any" | null>(null);
  const writable = may("destinations:write");
  const some = (destinations.data?.length ?? 0) > 0;
  return (
    <Card title="Destinations" flush aside={writable && some && <All channel={channel.name} destinations={destinations.data ?? []} onAdd={() => setAdding("any")} />}>
      <Loaded resource={destinations}>
        {(items) => (items.length === 0 ? <Invitation onAdd={writable ? setAdding : null} /> : <Items channel={channel.name} items={items} stream={stream} accounts={accounts.data ?? []} />)}
      </Loaded>
      {adding && <AddDestination channel={channel.name} begin={adding === "any" ? null : adding} stream={stream} onClose={() => setAdding(null)} />}
    </Card>
  );
}

interface ItemsProps {
  readonly channel: string;
  readonly items: readonly Destination[];
  readonly stream: Stream | undefined;
  readonly accounts: readonly Account[];
}

function Items({ channel, items, stream, accounts }: ItemsProps): JSX.Element {
  const live = new Map<string, DestinationLive>((stream?.destinations ?? []).map((one) => [one.id, one]));
  return (
    <ul class="destinations" aria-label="Destinations">
      {items.map((item) => (
        <DestinationItem key={item.id} channel={channel} item={item} live={live.get(item.id)} stream={stream} account={accounts.find(({ id }) => id === item.account_id)} />
      ))}
    </ul>
  );
}

const OFFERED: readonly Platform[] = ["twitch", "youtube", "kick", "custom"];

function Invitation({ onAdd }: { readonly onAdd: ((platform: Platform) => void) | null }): JSX.Element {
  return (
    <div class="destinations-none">
      <p class="soft">Be live elsewhere too: send this stream on to other platforms and servers, each at its own best.</p>
      {onAdd && (
        <div class="destinations-offer">
          {OFFERED.map((platform) => (
            <button key={platform} type="button" class="offer" onClick={() => onAdd(platform)}>
              <PlatformMark platform={platform} />
              {PLATFORMS[platform].name}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

function All({ channel, destinations, onAdd }: { readonly channel: string; readonly destinations: readonly Destination[]; readonly onAdd: () => void }): JSX.Element {
  const switchAll = useAction(async (how: "start" | "stop") => {
    await (how === "start" ? api.post("/channels/{channel}/destinations/start", { path: { channel } }) : api.post("/channels/{channel}/destinations/stop", { path: { channel } }));
    refresh("destinations");
  });
  const on = destinations.filter(({ enabled }) => enabled).length;
  return (
    <div class="row gap-1 destinations-all">
      {switchAll.problem && <Note tone="bad">{switchAll.problem.detail}</Note>}
      {on < destinations.length && (
        <Button size="small" look="quiet" icon="play" busy={switchAll.busy} onClick={() => void switchAll.run("start")}>
          Start all
        </Button>
      )}
      {on > 0 && (
        <Button size="small" look="quiet" icon="stop" busy={switchAll.busy} onClick={() => void switchAll.run("stop")}>
          Stop all
        </Button>
      )}
      <Button size="small" icon="plus" onClick={onAdd}>
        Add
      </Button>
    </div>
  );
}
