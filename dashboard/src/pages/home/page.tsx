// What is live, is all well, what runs where, what was lately.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useChannels } from "../../api/channels";
import { may } from "../../api/session";
import type { Channel } from "../../api/types";
import { Dot } from "../../components/badge";
import { Button } from "../../components/button";
import { Icon } from "../../components/icon";
import { Loaded, Skeleton } from "../../components/state";
import { fleet, known, onAir, streams } from "../../live/store";
import { useTitle } from "../../shell/title";
import { NewChannel } from "./new-channel";
import { Lately } from "./lately";
import { LiveCard } from "./live-card";
import { Network } from "./network";
import { Welcome } from "./welcome";
import { verdict, type Verdict } from "./verdict";
import "./home.css";

export function Page(): JSX.Element {
  useTitle("");
  const channels = useChannels();
  return (
    <Loaded resource={channels} skeleton={<Waiting />}>
      {(all) => (all.length === 0 ? <Welcome /> : known.value ? <Overview channels={all} /> : <Waiting />)}
    </Loaded>
  );
}

function Waiting(): JSX.Element {
  return (
    <div class="home stack gap-5">
      <Skeleton lines={2} height="1.6rem" />
      <div class="live-grid">
        <span class="skeleton-block live-frame" />
        <span class="skeleton-block live-frame" />
      </div>
    </div>
  );
}

function Overview({ channels }: { readonly channels: readonly Channel[] }): JSX.Element {
  const titles = new Map(channels.map(({ name, title }) => [name, title || name]));
  const found = verdict(onAir.value, [...(fleet.value?.values() ?? [])], (name) => titles.get(name) ?? name);
  const live = onAir.value;
  const off = channels.filter(({ name }) => !live.some(({ channel }) => channel === name));
  return (
    <div class="home stack gap-5">
      <Headline found={found} />
      {live.length > 0 && (
        <section aria-label="On the air" class={live.length === 1 ? "live-one" : "live-grid"}>
          {live.map((stream) => (
            <LiveCard key={stream.channel} stream={stream} title={titles.get(stream.channel) ?? stream.channel} alone={live.length === 1} />
          ))}
        </section>
      )}
      {off.length > 0 && <OffAir channels={off} />}
      <div class="home-columns">
        <Lately titles={titles} />
        {fleet.value && <Network nodes={[...fleet.value.values()]} />}
      </div>
    </div>
  );
}

function Headline({ found }: { readonly found: Verdict }): JSX.Element {
  const [making, setMaking] = useState(false);
  return (
    <header class="headline">
      <div class="grow">
        <h1 tabIndex={-1}>{found.headline}</h1>
        <p class={`headline-text tone-${found.tone}`}>
          <Dot tone={found.tone} beating={found.tone !== "good"} />
          {found.text}
        </p>
      </div>
      {may("channels:manage") && (
        <Button icon="plus" onClick={() => setMaking(true)}>
          New channel
        </Button>
      )}
      {found.troubles.length > 0 && (
        <ul class="troubles" aria-label="To look at">
          {found.troubles.map(({ tone, about, text, href }) => (
            <li key={about + text} class={`trouble tone-${tone}`}>
              <Icon name="alert" size={16} />
              <p>
                {href ? <a href={href}>{about}</a> : <strong>{about}</strong>} {text}
              </p>
            </li>
          ))}
        </ul>
      )}
      {making && <NewChannel onClose={() => setMaking(false)} />}
    </header>
  );
}

function OffAir({ channels }: { readonly channels: readonly Channel[] }): JSX.Element {
  return (
    <section aria-label="Off air">
      <h2 class="home-heading">Off air</h2>
      <ul class="off-air">
        {channels.map(({ name, title }) => (
          <li key={name}>
            <a href={`/streams/${name}`}>
              <Dot tone="off" />
              <span class="cut">{title || name}</span>
              <span class="faint small">{streams.value.get(name)?.state === "ended" ? "just ended" : "go live"}</span>
              <Icon name="right" size={14} />
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
