// What was on the air: a list to look through, with what is recorded of it.
import type { JSX } from "preact";
import { useChannels } from "../../api/channels";
import { api, type Reply } from "../../api/client";
import { usePaged } from "../../api/paged";
import { OnAir } from "../../components/badge";
import { Card, PageHeader } from "../../components/card";
import { LinkButton } from "../../components/button";
import { Filters, FilterSearch, FilterSelect } from "../../components/filters";
import { Empty, Loaded } from "../../components/state";
import { type Column, More, Table } from "../../components/table";
import { Segmented } from "../../components/tabs";
import { Moment, Since } from "../../components/time";
import { count } from "../../format";
import { place, setQuery } from "../../router";
import { useTitle } from "../../shell/title";
import { RecordingBadge } from "./recording-badge";

type Broadcast = Reply<"/broadcasts", "get">["items"][number];
const SHOWN = [
  { value: "all", label: "All" },
  { value: "live", label: "On the air" },
  { value: "past", label: "Past" },
] as const;
type Shown = (typeof SHOWN)[number]["value"];

export function Page(): JSX.Element {
  useTitle("Broadcasts");
  const wanted = asked(place.value.query);
  const list = usePaged<Broadcast>(`broadcasts?${new URLSearchParams(wanted)}`, (cursor, signal) =>
    api.get("/broadcasts", { query: { ...query(wanted), ...(cursor === undefined ? {} : { cursor }) }, signal }),
  );
  return (
    <>
      <PageHeader title="Broadcasts" about="What was on the air, and what is recorded of it." />
      <ListFilters wanted={wanted} />
      <Card flush>
        <Loaded resource={list}>
          {(rows) => (
            <>
              {rows.length === 0 ? <None filtered={isFiltered(wanted)} /> : <Table label="Broadcasts" columns={COLUMNS} rows={rows} name={({ id }) => id} />}
              {list.more && <More busy={list.loading} onMore={list.more} />}
            </>
          )}
        </Loaded>
      </Card>
    </>
  );
}

interface Wanted extends Record<string, string> {
  readonly channel: string;
  readonly title: string;
  readonly show: Shown;
}

/** What the address bar asks for. */
function asked(at: URLSearchParams): Wanted {
  const show = SHOWN.find(({ value }) => value === at.get("show"))?.value ?? "all";
  return { channel: at.get("channel") ?? "", title: at.get("title") ?? "", show };
}

function isFiltered({ channel, title, show }: Wanted): boolean {
  return channel !== "" || title !== "" || show !== "all";
}

function query({ channel, title, show }: Wanted): { channel?: string; title?: string; live?: boolean } {
  return { ...(channel && { channel }), ...(title && { title }), ...(show !== "all" && { live: show === "live" }) };
}

function ListFilters({ wanted }: { readonly wanted: Wanted }): JSX.Element {
  const channels = useChannels().data ?? [];
  return (
    <Filters label="Which broadcasts">
      <FilterSearch label="Search titles" value={wanted.title} onChange={(title) => setQuery("title", title)} />
      <FilterSelect
        label="Channel"
        value={wanted.channel}
        onChange={(channel) => setQuery("channel", channel)}
        options={[{ value: "", label: "All channels" }, ...channels.map(({ name, title }) => ({ value: name, label: title || name }))]}
      />
      <Segmented label="Which" value={wanted.show} choices={SHOWN} onChange={(show) => setQuery("show", show, "all")} />
    </Filters>
  );
}

const COLUMNS: readonly Column<Broadcast>[] = [
  {
    title: "Broadcast",
    main: true,
    cell: ({ id, title, channel, live }) => (
      <span class="row">
        <a class="row-link" href={`/broadcasts/${id}`}>
          {title || channel}
        </a>
        {live && <OnAir state="live" />}
      </span>
    ),
  },
  { title: "Channel", cell: ({ channel }) => <a href={`/streams/${channel}`}>{channel}</a> },
  { title: "Began", cell: ({ started_at }) => <Moment at={started_at} /> },
  { title: "Length", end: true, cell: ({ started_at, ended_at }) => <Since at={started_at} until={ended_at} /> },
  { title: "Most viewers", end: true, cell: ({ viewers_peak }) => count(viewers_peak) },
  { title: "Recording", end: true, cell: ({ recordings }) => <RecordingBadge recordings={recordings} /> },
];

function None({ filtered }: { readonly filtered: boolean }): JSX.Element {
  if (filtered)
    return (
      <Empty icon="search" title="None of these" action={<LinkButton href="/broadcasts">Show all</LinkButton>}>
        No broadcast is like that.
      </Empty>
    );
  return (
    <Empty icon="film" title="Nothing was on the air yet" action={<LinkButton href="/">Go live</LinkButton>}>
      Each time somebody publishes to a channel, it is listed here: when, how long, how many watched. With recording switched on, you can watch it again.
    </Empty>
  );
}
