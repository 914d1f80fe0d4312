// One channel: its picture, how well it comes in, and everything to run it.
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { api } from "../../api/client";
import { useResource } from "../../api/resource";
import { may } from "../../api/session";
import type { Channel, Stream, StreamState } from "../../api/types";
import { OnAir } from "../../components/badge";
import { PageHeader } from "../../components/card";
import { Loaded, Note, Skeleton } from "../../components/state";
import { Since } from "../../components/time";
import { toast } from "../../components/toasts";
import { ahead_ms, isOnAir, streams } from "../../live/store";
import { place, setQuery } from "../../router";
import type { PageProps } from "../../routes";
import { useTitle } from "../../shell/title";
import { Actions } from "./actions";
import { GoLive } from "./go-live";
import { Health } from "./health";
import { Ladder } from "./ladder";
import { Members } from "./members";
import { RecordingSwitch } from "./recording";
import { Screen } from "./screen";
import { Chat } from "./simulcast/chat";
import { Destinations } from "./simulcast/destinations";
import { ListingCard } from "./simulcast/listing";
import { Watching } from "./simulcast/watching";
import "../home/home.css";
import "./stream.css";

const NEW_MS = 10_000;

export function Page({ parameters }: PageProps): JSX.Element {
  const name = parameters["channel"] ?? "";
  const channel = useResource(`channels/${name}`, (signal) => api.get("/channels/{channel}", { path: { channel: name }, signal }));
  useTitle(channel.data?.title ?? name);
  return (
    <Loaded resource={channel} skeleton={<Waiting />}>
      {(found) => <Room channel={found} stream={streams.value.get(found.name)} />}
    </Loaded>
  );
}

function Waiting(): JSX.Element {
  return (
    <div class="stack gap-5">
      <Skeleton lines={1} height="2rem" />
      <span class="skeleton-block screen" />
    </div>
  );
}

interface RoomProps {
  readonly channel: Channel;
  readonly stream: Stream | undefined;
}

function Room({ channel, stream }: RoomProps): JSX.Element {
  const live = stream !== undefined && isOnAir(stream) ? stream : undefined;
  useGreeting(stream);
  useReturn();
  return (
    <>
      <Head channel={channel} state={stream?.state ?? "offline"} live={live} />
      {live?.stale && <Note tone="bad">The origin that carries this stream is silent. The stream may well go on, but these figures are old.</Note>}
      <div class={`stream-columns${live ? " live" : ""}`}>
        <div class="stack stream-main">
          <Screen channel={channel.name} stream={stream} />
          <Below channel={channel} stream={live} />
        </div>
        <Side channel={channel} stream={live} />
      </div>
    </>
  );
}

function Below({ channel, stream }: RoomProps): JSX.Element {
  return (
    <>
      {!stream && <Publish channel={channel} waiting />}
      {may("destinations:read") && <Destinations channel={channel} stream={stream} />}
      {stream && <Health stream={stream} />}
    </>
  );
}

function Head({ channel, state, live }: { readonly channel: Channel; readonly state: StreamState; readonly live: Stream | undefined }): JSX.Element {
  const about = live ? <Going stream={live} /> : channel.description || "Nobody publishes at the moment.";
  return (
    <PageHeader title={channel.title || channel.name} badge={<OnAir state={state} />} about={about}>
      <Actions channel={channel} live={live !== undefined} />
    </PageHeader>
  );
}

function Side({ channel, stream }: RoomProps): JSX.Element {
  return (
    <div class="stack">
      {stream && <Chat channel={channel.name} />}
      <ListingCard channel={channel.name} />
      {may("channels:write") && <RecordingSwitch channel={channel} stream={stream} />}
      {stream && stream.renditions.length > 0 && <Ladder stream={stream} />}
      {stream && <Publish channel={channel} waiting={false} />}
      {may("channels:manage") && <Members channel={channel.name} />}
    </div>
  );
}

function Publish({ channel, waiting }: { readonly channel: Channel; readonly waiting: boolean }): JSX.Element | null {
  return may("keys:write") ? <GoLive channel={channel} waiting={waiting} /> : null;
}

function Going({ stream }: { readonly stream: Stream }): JSX.Element {
  return (
    <span class="figures">
      On the air for <Since at={stream.since} />, <Watching stream={stream} />
    </span>
  );
}

/** A platform sent the browser back here, in a tab of its own; the one before goes on by itself. */
function useReturn(): void {
  const { query } = place.value;
  const problem = query.get("connect_problem");
  const connected = query.get("connected");
  useEffect(() => {
    if (problem) toast(problem, "bad");
    else if (connected) toast("The account is connected. You can close this tab.");
    else return;
    setQuery("connect_problem", "");
    setQuery("connected", "");
  }, [problem, connected]);
}

/** Somebody who waits for the first picture may look elsewhere meanwhile. */
function useGreeting(stream: Stream | undefined): void {
  const since = stream?.state === "live" ? stream.since : null;
  useEffect(() => {
    if (since !== null && Date.now() + ahead_ms.peek() - Date.parse(since) < NEW_MS) toast("You are live.");
  }, [since]);
}
