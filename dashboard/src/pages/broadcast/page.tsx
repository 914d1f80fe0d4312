// One broadcast: watch what was recorded of it, take it along, remove it.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, type Reply } from "../../api/client";
import { refresh, useResource } from "../../api/resource";
import { may } from "../../api/session";
import { OnAir } from "../../components/badge";
import { Button, LinkButton } from "../../components/button";
import { Card, Facts, PageHeader } from "../../components/card";
import { Empty, Loaded } from "../../components/state";
import { Moment, Since } from "../../components/time";
import { plural } from "../../format";
import type { PageProps } from "../../routes";
import { useTitle } from "../../shell/title";
import { RecordingCard } from "./recording";
import { Rename } from "./rename";
import "./broadcast.css";

export type Broadcast = Reply<"/broadcasts/{broadcast_id}", "get">;

export function Page({ parameters }: PageProps): JSX.Element {
  const id = parameters["id"] ?? "";
  const resource = useResource(`broadcasts/${id}`, (signal) => api.get("/broadcasts/{broadcast_id}", { path: { broadcast_id: id }, signal }));
  useTitle(resource.data?.title ?? "Broadcast");
  return <Loaded resource={resource}>{(broadcast) => <Shown broadcast={broadcast} />}</Loaded>;
}

function Shown({ broadcast }: { readonly broadcast: Broadcast }): JSX.Element {
  const [renaming, setRenaming] = useState(false);
  const { title, channel, live, recordings, started_at } = broadcast;
  return (
    <>
      <PageHeader title={title || channel} back={{ href: "/broadcasts", label: "Broadcasts" }} badge={live ? <OnAir state="live" /> : undefined} about={<Moment at={started_at} />}>
        {may("recordings:write") && (
          <Button icon="edit" onClick={() => setRenaming(true)}>
            Rename
          </Button>
        )}
      </PageHeader>
      <div class="broadcast">
        <div class="stack gap-5">
          {recordings.length === 0 && (
            <Card>
              <NotRecorded live={live} channel={channel} />
            </Card>
          )}
          {recordings.map((recording, index) => (
            <RecordingCard key={recording.id} recording={recording} title={recordings.length === 1 ? "Recording" : `Recording ${index + 1} of ${recordings.length}`} />
          ))}
        </div>
        <About broadcast={broadcast} />
      </div>
      {renaming && (
        <Rename
          broadcast={broadcast}
          onClose={() => {
            setRenaming(false);
            refresh("broadcasts");
          }}
        />
      )}
    </>
  );
}

function About({ broadcast }: { readonly broadcast: Broadcast }): JSX.Element {
  const { channel, started_at, ended_at, viewers_peak } = broadcast;
  return (
    <Card title="About">
      <Facts
        items={[
          [
            "Channel",
            <a key="channel" class="link" href={`/streams/${channel}`}>
              {channel}
            </a>,
          ],
          ["Began", <Moment key="began" at={started_at} />],
          ["Ended", ended_at ? <Moment key="ended" at={ended_at} /> : "still on the air"],
          ["Length", <Since key="length" at={started_at} until={ended_at} />],
          ["At most watched by", plural(viewers_peak, "viewer")],
        ]}
      />
    </Card>
  );
}

function NotRecorded({ live, channel }: { readonly live: boolean; readonly channel: string }): JSX.Element {
  const words = live ? "Recording is off. Switch it on, and what comes from then on is kept." : "Recording was off, or the recording was deleted. Switch it on for the next time.";
  return (
    <Empty icon="record" title="Nothing is recorded of this" action={<LinkButton href={`/streams/${channel}`}>To the channel</LinkButton>}>
      {words}
    </Empty>
  );
}
