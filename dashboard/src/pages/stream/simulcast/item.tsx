import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api } from "../../../api/client";
import { type Action, refresh, useAction } from "../../../api/resource";
import { may } from "../../../api/session";
import type { Account, Destination, DestinationLive, DestinationReport, Platform, Verdict } from "../../../api/simulcast";
import type { Stream } from "../../../api/types";
import { Dot } from "../../../components/badge";
import { Button } from "../../../components/button";
import { Confirm, Menu, type MenuItem } from "../../../components/dialog";
import { Toggle } from "../../../components/field";
import { Sparkline } from "../../../components/figure";
import { PlatformMark } from "../../../components/platform";
import { Note } from "../../../components/state";
import { Ago } from "../../../components/time";
import { toast } from "../../../components/toasts";
import { bitrate, count, plural } from "../../../format";
import { sentHistoryOf } from "../../../live/history";
import { Connect } from "./connect";
import { OWN } from "./draft";
import { EditDestination } from "./edit";
import { standing, verdictOf } from "../../../live/destinations";

export interface DestinationItemProps {
  readonly channel: string;
  readonly item: Destination;
  readonly live: DestinationLive | undefined;
  readonly stream: Stream | undefined;
  readonly account: Account | undefined;
}

export function DestinationItem(props: DestinationItemProps): JSX.Element {
  const { item, live, stream } = props;
  const verdict = verdictOf(live, item.enabled);
  const going = item.enabled && stream !== undefined ? live : undefined;
  return (
    <li class={`destination verdict-${verdict}`} aria-label={item.name}>
      <PlatformMark platform={item.platform} />
      <div class="destination-words">
        <div class="row gap-2">
          <span class="item-title">{item.name}</span>
          <VerdictWords platform={item.platform} verdict={verdict} />
        </div>
        <p class="soft small cut">{placeOf(props)}</p>
      </div>
      {may("destinations:write") && <Tools {...props} />}
      {going?.report && <Numbers channel={props.channel} live={going} report={going.report} />}
      <Said {...props} live={going} verdict={verdict} />
    </li>
  );
}

type Asked = "edit" | "remove";

function Tools({ channel, item, live, stream }: DestinationItemProps): JSX.Element {
  const [asked, setAsked] = useState<Asked | null>(null);
  const { run, busy, problem } = useCommand(channel, item);
  const close = (): void => setAsked(null);
  useEffect(() => {
    if (problem) toast(problem.detail, "bad");
  }, [problem]);
  return (
    <div class="row stay destination-end">
      <Toggle label={`Send to ${item.name}`} checked={item.enabled} disabled={busy} onChange={(on) => void run(on ? "start" : "stop")} />
      <Menu label={`More about ${item.name}`} items={offered(live, setAsked)} />
      {asked === "edit" && <EditDestination channel={channel} item={item} stream={stream} onClose={close} />}
      {asked === "remove" && <Remove channel={channel} item={item} onClose={close} />}
    </div>
  );
}

/** Starting what is on already tries it again at once. */
type Command = "start" | "stop";

function useCommand(channel: string, item: Destination): Action<[Command]> {
  return useAction(async (how: Command) => {
    const path = { channel, destination_id: item.id };
    await (how === "start" ? api.post("/channels/{channel}/destinations/{destination_id}/start", { path }) : api.post("/channels/{channel}/destinations/{destination_id}/stop", { path }));
    refresh("destinations");
  });
}

function VerdictWords({ platform, verdict }: { readonly platform: Platform; readonly verdict: Verdict }): JSX.Element {
  const { tone, words, steady } = standing(platform, verdict);
  return (
    <span class={`verdict tone-${tone}`} role="status">
      <Dot tone={tone} beating={steady} /> {words}
    </span>
  );
}

/** Whose it is there, and what is sent. */
function placeOf({ item, live, account }: DestinationItemProps): string {
  const where = account?.name ?? (item.platform === "custom" ? item.url : "with a stream key");
  const parts = [where, sentTo(item, live), live?.report?.slate ? "on the last picture until the broadcaster returns" : ""];
  return parts.filter(Boolean).join(" · ");
}

function sentTo({ encode, rendition }: Destination, live: DestinationLive | undefined): string {
  const sent = live?.report?.rendition || (encode ? OWN : rendition);
  return sent === OWN ? "an encode of its own" : sent;
}

interface NumbersProps {
  readonly channel: string;
  readonly live: DestinationLive;
  readonly report: DestinationReport;
}

function Numbers({ channel, live, report }: NumbersProps): JSX.Element {
  const { video_bps, audio_bps, dropped_frames, round_trip_ms, reconnects } = report;
  const watching = live.on_platform?.viewers ?? null;
  const tone = standing(live.platform, live.verdict).tone;
  return (
    <div class={`destination-numbers${tone === "bad" ? " troubled" : ""}`}>
      <Sparkline values={sentHistoryOf(channel, live.id)} />
      <dl>
        <Number label="Bitrate">{bitrate(video_bps + audio_bps)}</Number>
        <Number label="Dropped" odd={dropped_frames > 0}>
          {plural(dropped_frames, "frame")}
        </Number>
        <Number label="Round trip">{round_trip_ms === null ? "–" : `${Math.round(round_trip_ms)} ms`}</Number>
        <Number label="Reconnects" odd={reconnects > 0}>
          {count(reconnects)}
        </Number>
        {watching !== null && <Number label="Watching">{count(watching)}</Number>}
      </dl>
    </div>
  );
}

function Number({ label, odd = false, children }: { readonly label: string; readonly odd?: boolean; readonly children: string }): JSX.Element {
  return (
    <div class={odd ? "odd" : ""}>
      <dt>{label}</dt>
      <dd class="figures">{children}</dd>
    </div>
  );
}

/** Whatever is wrong, in a sentence, with what to do about it. */
function Said(props: DestinationItemProps & { readonly verdict: Verdict }): JSX.Element | null {
  const { channel, live, account, verdict } = props;
  if (account !== undefined && account.state !== "connected") return <Lost channel={channel} account={account} />;
  if (verdict === "failed" || verdict === "retrying") return <Stuck {...props} />;
  if (!live?.text) return null;
  return (
    <div class="destination-said">
      <Note tone={verdict === "not_live" ? "bad" : "plain"}>{sentence(live.text)}</Note>
    </div>
  );
}

function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

function Stuck({ channel, item, live }: DestinationItemProps): JSX.Element {
  const retry = useCommand(channel, item);
  const again = may("destinations:write") && (
    <Button size="small" icon="rotate" busy={retry.busy} onClick={() => void retry.run("start")}>
      Try now
    </Button>
  );
  return (
    <div class="destination-said">
      <Note tone="bad" action={again}>
        {sentence(live?.text || "It does not answer.")} <SinceWhen live={live} />
        {retry.problem && <p>{retry.problem.detail}</p>}
      </Note>
    </div>
  );
}

function SinceWhen({ live }: { readonly live: DestinationLive | undefined }): JSX.Element | null {
  return live?.report ? (
    <span class="soft">
      Since <Ago at={live.report.since} />.
    </span>
  ) : null;
}

/** The platform no longer lets us in. */
function Lost({ channel, account }: { readonly channel: string; readonly account: Account }): JSX.Element {
  const [connecting, setConnecting] = useState(false);
  const close = (): void => setConnecting(false);
  const connect = may("destinations:write") && (
    <Button size="small" icon="plug" onClick={() => setConnecting(true)}>
      Connect again
    </Button>
  );
  return (
    <div class="destination-said">
      <Note tone="bad" action={connect}>
        {account.trouble || "The account must be connected again."}
      </Note>
      {connecting && <Connect channel={channel} platform={account.platform} onClose={close} onDone={close} />}
    </div>
  );
}

function offered(live: DestinationLive | undefined, ask: (what: Asked) => void): MenuItem[] {
  const page = live?.on_platform?.url;
  return [
    ...(page ? [{ label: "Open its page", icon: "external", onChoose: () => void window.open(page, "_blank", "noreferrer") } as const] : []),
    { label: "Edit", icon: "edit", onChoose: () => ask("edit") },
    { label: "Remove", icon: "trash", danger: true, onChoose: () => ask("remove") },
  ];
}

function Remove({ channel, item, onClose }: { readonly channel: string; readonly item: Destination; readonly onClose: () => void }): JSX.Element {
  return (
    <Confirm
      title={`Remove ${item.name}?`}
      action="Remove destination"
      onClose={onClose}
      onConfirm={async () => {
        await api.delete("/channels/{channel}/destinations/{destination_id}", { path: { channel, destination_id: item.id }, version: item.version });
        refresh("destinations");
        toast(`${item.name} was removed.`);
      }}
    >
      The stream is not sent there any more, and its key is forgotten. Other destinations go on.
    </Confirm>
  );
}
