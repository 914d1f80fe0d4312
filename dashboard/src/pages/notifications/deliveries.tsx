// What was told, what waits, and what could not be told.
import type { JSX } from "preact";
import { api } from "../../api/client";
import { usePaged } from "../../api/paged";
import { problemFrom } from "../../api/problem";
import { refresh } from "../../api/resource";
import { may } from "../../api/session";
import { Badge } from "../../components/badge";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { Filters, FilterSelect } from "../../components/filters";
import { Empty, Loaded } from "../../components/state";
import { type Column, More, Table } from "../../components/table";
import { Segmented } from "../../components/tabs";
import { Ago } from "../../components/time";
import { toast } from "../../components/toasts";
import { place, setQuery } from "../../router";
import { useTargets } from "./data";
import { Header } from "./header";
import type { Delivery } from "./words";
import "./notifications.css";

const STATES = [
  { value: "all", label: "All" },
  { value: "waiting", label: "Waiting" },
  { value: "delivered", label: "Delivered" },
  { value: "failed", label: "Given up" },
] as const;
type Shown = (typeof STATES)[number]["value"];

export function Page(): JSX.Element {
  const state = STATES.find(({ value }) => value === place.value.query.get("state"))?.value ?? "all";
  const target = place.value.query.get("target") ?? "";
  const list = usePaged<Delivery>(`deliveries?state=${state}&target=${target}`, (cursor, signal) =>
    api.get("/deliveries", { query: { ...(state !== "all" && { state }), ...(target && { target_id: target }), ...(cursor === undefined ? {} : { cursor }) }, signal }),
  );
  return (
    <>
      <Header />
      <Narrow state={state} target={target} />
      <Card flush>
        <Loaded resource={list}>
          {(rows) => (
            <>
              {rows.length === 0 ? (
                <Empty icon="bell" title={state === "all" && target === "" ? "Nothing was told yet" : "None of these"}>
                  What rules tell, and tests, are listed here, with what became of each.
                </Empty>
              ) : (
                <Table label="Deliveries" columns={COLUMNS} rows={rows} name={({ id }) => id} />
              )}
              {list.more && <More busy={list.loading} onMore={list.more} />}
            </>
          )}
        </Loaded>
      </Card>
    </>
  );
}

function Narrow({ state, target }: { readonly state: Shown; readonly target: string }): JSX.Element {
  const targets = useTargets().data ?? [];
  return (
    <Filters label="Which deliveries">
      <FilterSelect label="Target" value={target} onChange={(id) => setQuery("target", id)} options={[{ value: "", label: "All targets" }, ...targets.map(({ id, name }) => ({ value: id, label: name }))]} />
      <Segmented label="State" value={state} choices={STATES} onChange={(value) => setQuery("state", value, "all")} />
    </Filters>
  );
}

const COLUMNS: readonly Column<Delivery>[] = [
  {
    title: "Notice",
    main: true,
    cell: ({ title, reason, state }) => (
      <>
        {title}
        {state !== "delivered" && reason && <p class="trouble small">{reason}</p>}
      </>
    ),
  },
  { title: "To", cell: ({ target_name }) => target_name },
  { title: "Happened", cell: ({ happened_at }) => <Ago at={happened_at} /> },
  { title: "State", cell: (delivery) => <State delivery={delivery} /> },
  { title: "Actions", quiet: true, cell: (delivery) => <Again delivery={delivery} /> },
];

function State({ delivery: { state, attempts, delivered_at, next_attempt_at } }: { readonly delivery: Delivery }): JSX.Element {
  if (state === "delivered")
    return (
      <span class="row gap-2">
        <Badge tone="good">Delivered</Badge>
        {delivered_at && <span class="faint small nowrap">{attempts > 1 ? `at the ${ordinal(attempts)} try` : <Ago at={delivered_at} />}</span>}
      </span>
    );
  if (state === "failed") return <Badge tone="bad">Given up</Badge>;
  return (
    <span class="row gap-2">
      <Badge tone={attempts > 0 ? "unsteady" : "accent"}>{attempts > 0 ? "Trying again" : "Waiting"}</Badge>
      {next_attempt_at && (
        <span class="faint small nowrap">
          <Ago at={next_attempt_at} />
        </span>
      )}
    </span>
  );
}

function ordinal(number: number): string {
  const end = number % 100 > 10 && number % 100 < 14 ? "th" : (["th", "st", "nd", "rd"][number % 10] ?? "th");
  return `${number}${end}`;
}

function Again({ delivery: { id, state, title } }: { readonly delivery: Delivery }): JSX.Element | null {
  if (state === "delivered" || !may("notices:write")) return null;
  const again = async (): Promise<void> => {
    try {
      await api.post("/deliveries/{delivery_id}/retry", { path: { delivery_id: id } });
      toast("It is tried again now.", "plain");
    } catch (error) {
      toast(problemFrom(error).detail, "bad");
    }
    refresh("deliveries");
  };
  return (
    <Button size="small" icon="rotate" aria-label={`Try now: ${title}`} onClick={() => void again()}>
      Try now
    </Button>
  );
}
