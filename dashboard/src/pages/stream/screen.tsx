// The picture: what viewers see, and how far behind the camera they are.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useAddresses } from "../../api/channels";
import type { Stream } from "../../api/types";
import { OnAir } from "../../components/badge";
import { Icon } from "../../components/icon";
import { Snapshot } from "../../components/snapshot";
import { isOnAir } from "../../live/store";
import type { Preview } from "./preview";

const LOOK_MS = 500;
/** The player's code could not be fetched, as when the line is away: it is asked for again this often while the page is open. */
const AGAIN_MS = 2000;

export function Screen({ channel, stream }: { readonly channel: string; readonly stream: Stream | undefined }): JSX.Element {
  const live = stream !== undefined && isOnAir(stream);
  return (
    <section class="screen" aria-label="Preview" data-state={stream?.state ?? "offline"}>
      {live ? <Picture key={stream.since} channel={channel} stream={stream} /> : <OffAir ended={stream?.state === "ended"} />}
    </section>
  );
}

function OffAir({ ended }: { readonly ended: boolean }): JSX.Element {
  return (
    <div class="screen-off">
      <span class="screen-waves" aria-hidden="true" />
      <strong>{ended ? "The broadcast has ended" : "Off air"}</strong>
      <span>The picture appears here by itself as soon as somebody publishes.</span>
    </div>
  );
}

function Picture({ channel, stream }: { readonly channel: string; readonly stream: Stream }): JSX.Element {
  const video = useRef<HTMLVideoElement>(null);
  const [delay_s, setDelay] = useState<number | null>(null);
  const [muted, setMuted] = useState(true);
  const playlist = useAddresses(channel).data?.playlist;
  usePreview(video.current, playlist, setDelay);
  const [, mounted] = useState(false);
  useEffect(() => mounted(true), []);
  return (
    <>
      <Snapshot channel={channel} />
      <video ref={video} playsInline muted={muted} tabIndex={-1} class={delay_s === null ? "waiting" : ""} aria-label="What viewers see" />
      <div class="screen-top">
        <OnAir state={stream.state} />
        {delay_s !== null && <span class="live-chip figures">{delay_s.toFixed(1)} s behind</span>}
      </div>
      <div class="screen-tools">
        <button type="button" onClick={() => setMuted(!muted)} aria-pressed={!muted}>
          {muted ? "Sound off" : "Sound on"}
        </button>
        <button type="button" aria-label="Full screen" title="Full screen" onClick={() => void video.current?.requestFullscreen()}>
          <Icon name="screen" size={16} />
        </button>
      </div>
    </>
  );
}

function usePreview(video: HTMLVideoElement | null, playlist: string | undefined, seen: (delay_s: number | null) => void): void {
  useEffect(() => {
    if (video === null || playlist === undefined) return undefined;
    let preview: Preview | null = null;
    let left = false;
    let again: ReturnType<typeof setTimeout> | undefined;
    const load = (): void =>
      void import("./preview").then(
        (module) => {
          if (!left) preview = new module.Preview(video, playlist);
        },
        () => {
          if (!left) again = setTimeout(load, AGAIN_MS);
        },
      );
    load();
    const timer = setInterval(() => seen(preview?.delay_s ?? null), LOOK_MS);
    return () => {
      left = true;
      clearTimeout(again);
      clearInterval(timer);
      preview?.destroy();
    };
  }, [video, playlist, seen]);
}
