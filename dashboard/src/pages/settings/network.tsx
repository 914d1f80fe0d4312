// What the network runs with, to read: it is changed in its settings file.
import type { JSX } from "preact";
import { api, type Reply } from "../../api/client";
import { useResource } from "../../api/resource";
import { Badge } from "../../components/badge";
import { Card } from "../../components/card";
import { Filters, FilterSearch } from "../../components/filters";
import { Empty, Loaded, Note } from "../../components/state";
import { Segmented } from "../../components/tabs";
import { place, setQuery } from "../../router";
import { Header } from "./header";
import "./settings.css";

type Group = Reply<"/settings/effective", "get">["groups"][number];
type Setting = Group["settings"][number];
const SHOWN = [
  { value: "changed", label: "Changed" },
  { value: "all", label: "All" },
] as const;

export function Page(): JSX.Element {
  const resource = useResource("settings/effective", (signal) => api.get("/settings/effective", { signal }));
  const words = place.value.query.get("search") ?? "";
  const show = place.value.query.get("show") === "changed" ? "changed" : "all";
  return (
    <>
      <Header />
      <div class="stack">
        <Note>
          Read from the settings file when <code>manycast</code> starts, and the same for every role. To change one, edit the file that <code>--config</code> names and start again.
        </Note>
        <Filters label="Which settings">
          <FilterSearch label="Search settings" value={words} onChange={(text) => setQuery("search", text)} />
          <Segmented label="Which" value={show} choices={SHOWN} onChange={(value) => setQuery("show", value, "all")} />
        </Filters>
        <Loaded resource={resource}>{({ groups }) => <Groups groups={narrowed(groups, words, show === "changed")} open={words !== "" || show === "changed"} />}</Loaded>
      </div>
    </>
  );
}

function Groups({ groups, open }: { readonly groups: readonly Group[]; readonly open: boolean }): JSX.Element {
  if (groups.length === 0)
    return (
      <Card>
        <Empty icon="search" title="None of these">
          Every setting that fits has its usual value, or there is none like that.
        </Empty>
      </Card>
    );
  return (
    <Card flush>
      {groups.map((group) => (
        <GroupLines key={group.name} group={group} open={open} />
      ))}
    </Card>
  );
}

function GroupLines({ group: { name, about, settings }, open }: { readonly group: Group; readonly open: boolean }): JSX.Element {
  const changed = settings.filter(({ value, default: usual }) => value !== usual).length;
  return (
    <details class="setting-group" open={open}>
      <summary>
        <span class="grow">
          <code class="setting-group-name">{name}</code>
          <span class="soft small">
            <Prose text={about} />
          </span>
        </span>
        {changed > 0 && <Badge tone="accent">{changed} changed</Badge>}
      </summary>
      <dl class="effective">
        {settings.map((setting) => (
          <Line key={setting.name} setting={setting} />
        ))}
      </dl>
    </details>
  );
}

/** Words in which `` marks what is typed. */
function Prose({ text }: { readonly text: string }): JSX.Element {
  return <>{text.split(/`+/).map((piece, index) => (index % 2 === 1 ? <code key={index}>{piece}</code> : piece))}</>;
}

function Line({ setting: { name, value, default: usual, about } }: { readonly setting: Setting }): JSX.Element {
  return (
    <div>
      <dt>
        <code>{name}</code>
        <p class="faint small">
          <Prose text={about} />
        </p>
      </dt>
      <dd>
        <code>{value}</code>
        {value !== usual && (
          <span class="row gap-2">
            <Badge tone="accent">Changed</Badge>
            <span class="faint small">
              usually <code>{usual}</code>
            </span>
          </span>
        )}
      </dd>
    </div>
  );
}

function narrowed(groups: readonly Group[], words: string, changed: boolean): readonly Group[] {
  const wanted = words.toLowerCase();
  const fits = (group: Group, { name, about, value, default: usual }: Setting): boolean => `${group.name}.${name} ${about}`.toLowerCase().includes(wanted) && (!changed || value !== usual);
  return groups.map((group) => ({ ...group, settings: group.settings.filter((setting) => fits(group, setting)) })).filter(({ settings }) => settings.length > 0);
}
