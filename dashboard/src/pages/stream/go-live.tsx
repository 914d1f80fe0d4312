// What a broadcaster copies into an encoder.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { fresh, useAddresses } from "../../api/channels";
import { may } from "../../api/session";
import type { Addresses, Channel } from "../../api/types";
import { Card } from "../../components/card";
import { CopyField } from "../../components/copy";
import { Loaded, Note } from "../../components/state";
import { Segmented } from "../../components/tabs";
import { publishing } from "../../live/browser";
import { FromBrowser } from "./browser";
import { Keys } from "./keys";
import { Multitrack } from "./multitrack";
import { Srt } from "./srt";

type Encoder = "obs" | "browser" | "ffmpeg" | "srt";
const ENCODERS: readonly { readonly value: Encoder; readonly label: string }[] = [
  { value: "obs", label: "OBS" },
  { value: "browser", label: "Browser" },
  { value: "ffmpeg", label: "ffmpeg" },
  { value: "srt", label: "SRT" },
];

export function GoLive({ channel, waiting }: { readonly channel: Channel; readonly waiting: boolean }): JSX.Element {
  const [encoder, setEncoder] = useState<Encoder>(publishing.peek()?.channel === channel.name ? "browser" : "obs");
  const addresses = useAddresses(channel.name);
  return (
    <Card title="Go live" aside={<Segmented label="Encoder" value={encoder} choices={ENCODERS} onChange={setEncoder} />}>
      <div class="stack">
        <Loaded resource={addresses}>{(found) => <How encoder={encoder} channel={channel} addresses={found} />}</Loaded>
        {may("keys:write") && (encoder === "obs" || encoder === "ffmpeg") && <Keys channel={channel.name} />}
        {waiting && (
          <p class="waiting-line" role="status">
            <span class="waiting-pulse" aria-hidden="true" /> Waiting for your stream…
          </p>
        )}
      </div>
    </Card>
  );
}

function How({ encoder, channel, addresses }: { readonly encoder: Encoder; readonly channel: Channel; readonly addresses: Addresses }): JSX.Element {
  const secret = fresh.value.get(channel.name)?.secret;
  if (encoder === "srt") return <Srt channel={channel} address={addresses.srt} />;
  if (encoder === "browser") return <FromBrowser channel={channel} whip={addresses.whip} />;
  if (encoder === "ffmpeg")
    return (
      <>
        <CopyField label="Command" value={command(addresses.rtmp, secret ?? "YOUR-KEY")} />
        <Shown secret={secret} />
      </>
    );
  return (
    <>
      <CopyField label="Server" value={addresses.rtmps ?? addresses.rtmp} />
      {secret !== undefined && <CopyField label="Stream key" value={secret} secret />}
      <Shown secret={secret} />
      <p class="small faint">In OBS: Settings → Stream → Custom. Keyframe interval 2 s, tune zerolatency.</p>
      <Multitrack channel={channel.name} />
    </>
  );
}

function Shown({ secret }: { readonly secret: string | undefined }): JSX.Element | null {
  return secret === undefined ? null : (
    <Note tone="accent" icon="key">
      Copy the key now: only this tab knows it, and nobody can look it up later.
    </Note>
  );
}

function command(server: string, key: string): string {
  return `ffmpeg -re -i film.mp4 -c:v libx264 -preset veryfast -tune zerolatency -g 60 -c:a aac -f flv ${server}/${key}`;
}
