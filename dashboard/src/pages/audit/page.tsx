// Every change somebody made, the latest first.
import type { JSX } from "preact";
import { api, type Reply } from "../../api/client";
import { usePaged } from "../../api/paged";
import { Card, PageHeader } from "../../components/card";
import { Filters, FilterSearch } from "../../components/filters";
import { Empty, Loaded } from "../../components/state";
import { type Column, More, Table } from "../../components/table";
import { Moment } from "../../components/time";
import { place, setQuery } from "../../router";
import { useTitle } from "../../shell/title";
import "./audit.css";

type Entry = Reply<"/audit", "get">["items"][number];

export function Page(): JSX.Element {
  useTitle("Audit log");
  const action = place.value.query.get("action") ?? "";
  const actor = place.value.query.get("who") ?? "";
  const list = usePaged<Entry>(`audit?action=${action}&who=${actor}`, (cursor, signal) =>
    api.get("/audit", { query: { ...(action && { action }), ...(actor && { actor }), ...(cursor === undefined ? {} : { cursor }) }, signal }),
  );
  return (
    <>
      <PageHeader title="Audit log" about="Who changed what, and when." />
      <Filters label="Which entries">
        <FilterSearch label="Who" value={actor} onChange={(text) => setQuery("who", text)} />
        <FilterSearch label="Action, such as channel.create" value={action} onChange={(text) => setQuery("action", text)} />
      </Filters>
      <Card flush>
        <Loaded resource={list}>
          {(rows) => (
            <>
              {rows.length === 0 ? <Empty icon="list" title="None of these" /> : <Table label="Audit log" columns={COLUMNS} rows={rows} name={({ id }) => id} />}
              {list.more && <More busy={list.loading} onMore={list.more} />}
            </>
          )}
        </Loaded>
      </Card>
    </>
  );
}

const COLUMNS: readonly Column<Entry>[] = [
  { title: "What", main: true, cell: (entry) => <What entry={entry} /> },
  { title: "Who", cell: ({ actor }) => actor },
  { title: "From", cell: ({ address }) => <span class="faint">{address || "here"}</span> },
  { title: "When", cell: ({ at }) => <Moment at={at} /> },
];

function What({ entry: { action, target, detail } }: { readonly entry: Entry }): JSX.Element {
  const pairs = Object.entries(detail).map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`);
  return (
    <>
      <code>{action}</code> <span class="faint mono small">{target}</span>
      {pairs.length > 0 && <p class="audit-detail soft small">{pairs.join(" · ")}</p>}
    </>
  );
}
