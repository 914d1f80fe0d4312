// Going live with this browser's own camera, microphone or screen.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { fresh } from "../../api/channels";
import { api, newOnce } from "../../api/client";
import { readAll } from "../../api/paged";
import { refresh, useAction } from "../../api/resource";
import type { Channel, MadeStreamKey } from "../../api/types";
import { Button } from "../../components/button";
import { SelectField } from "../../components/field";
import { Note } from "../../components/state";
import { publish, publishing, stop } from "../../live/browser";

const SCREEN = "screen";
const KEY_NAME = "Browsers";
const PICTURE = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } }; // what any laptop encodes beside everything else
const SOUND = { echoCancellation: true, noiseSuppression: true };

export function FromBrowser({ channel, whip }: { readonly channel: Channel; readonly whip: string | null }): JSX.Element {
  const now = publishing.value;
  if (whip === null) return <p class="soft">This network does not take streams from browsers: whoever runs it installs manycast with the extra “whip”.</p>;
  if (!("mediaDevices" in navigator)) return <Note tone="unsteady">Browsers give their camera only to pages that came by https, or from this very computer.</Note>;
  if (now !== null && now.channel !== channel.name) return <p class="soft">This browser is publishing to {now.channel}. Stop there first.</p>;
  if (now !== null && now.phase !== "failed") return <Going media={now.media} connecting={now.phase === "connecting"} />;
  return <Prepare channel={channel} whip={whip} failed={now?.problem ?? ""} />;
}

function Going({ media, connecting }: { readonly media: MediaStream; readonly connecting: boolean }): JSX.Element {
  return (
    <div class="stack gap-3">
      <Mirror media={media} />
      <p class="small soft" role="status">
        {connecting ? "Connecting…" : "You are publishing from this browser. Keep its window open; you can walk about in the dashboard."}
      </p>
      <div class="row">
        <Button icon="stop" look="danger" onClick={stop}>
          Stop publishing
        </Button>
      </div>
    </div>
  );
}

function Prepare({ channel, whip, failed }: { readonly channel: Channel; readonly whip: string; readonly failed: string }): JSX.Element {
  const [source, setSource] = useState("");
  const [sound, setSound] = useState("");
  const [media, setMedia] = useState<MediaStream | null>(null);
  const devices = useDevices(media);
  const kept = useRef<MediaStream | null>(null);
  const take = (next: MediaStream | null): void => {
    if (kept.current !== publishing.peek()?.media) for (const track of kept.current?.getTracks() ?? []) track.stop();
    kept.current = next;
    setMedia(next);
  };
  useEffect(() => () => take(null), []);
  const open = useAction(async (picture: string, microphone: string) => take(await capture(picture, microphone)));
  const go = useAction(async () => {
    if (media === null) return;
    const key = await keyFor(channel.name);
    const mine = media;
    kept.current = null; // from here on it belongs to the broadcast
    await publish(channel.name, mine, whip, key);
  });
  const again = (picture: string, microphone: string): void => {
    setSource(picture);
    setSound(microphone);
    if (media) void open.run(picture, microphone);
  };
  const problem = failed || open.problem?.detail || go.problem?.detail;
  return (
    <div class="stack gap-3">
      {media ? <Mirror media={media} /> : <p class="soft">Use this computer’s camera and microphone, or show a screen: nothing to install.</p>}
      {media && (
        <div class="pair">
          <SelectField label="Picture" value={source} onChange={(value) => again(value, sound)} options={[...devices.cameras, { value: SCREEN, label: "A screen or window" }]} />
          <SelectField label="Sound" value={sound} onChange={(value) => again(source, value)} options={devices.microphones} />
        </div>
      )}
      {problem && <Note tone="bad">{problem}</Note>}
      <div class="row">
        {media === null ? (
          <>
            <Button icon="camera" busy={open.busy} onClick={() => void open.run(source, sound)}>
              Open the camera
            </Button>
            <Button icon="screen" look="quiet" onClick={() => (setSource(SCREEN), void open.run(SCREEN, sound))}>
              Show a screen
            </Button>
          </>
        ) : (
          <Button look="primary" icon="live" busy={go.busy} onClick={() => void go.run()}>
            Go live
          </Button>
        )}
      </div>
    </div>
  );
}

function Mirror({ media }: { readonly media: MediaStream }): JSX.Element {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current) video.current.srcObject = media;
  }, [media]);
  return <video ref={video} class="own-camera" autoPlay muted playsInline aria-label="Your picture" />;
}

interface Devices {
  readonly cameras: readonly { readonly value: string; readonly label: string }[];
  readonly microphones: readonly { readonly value: string; readonly label: string }[];
}

/** Named once the person has let the page use one of them. */
function useDevices(media: MediaStream | null): Devices {
  const [found, setFound] = useState<readonly MediaDeviceInfo[]>([]);
  useEffect(() => void navigator.mediaDevices.enumerateDevices().then(setFound), [media]);
  const of = (kind: MediaDeviceKind, usual: string): { value: string; label: string }[] => [
    { value: "", label: usual },
    ...found.filter((one) => one.kind === kind && one.deviceId !== "default" && one.label !== "").map(({ deviceId, label }) => ({ value: deviceId, label })),
  ];
  return { cameras: of("videoinput", "The usual camera"), microphones: of("audioinput", "The usual microphone") };
}

async function capture(picture: string, microphone: string): Promise<MediaStream> {
  const audio = { ...SOUND, ...(microphone === "" ? {} : { deviceId: { exact: microphone } }) };
  const { mediaDevices } = navigator;
  try {
    if (picture !== SCREEN) return await mediaDevices.getUserMedia({ audio, video: { ...PICTURE, ...(picture === "" ? {} : { deviceId: { exact: picture } }) } });
    const [shown, heard] = [await mediaDevices.getDisplayMedia({ video: PICTURE }), await mediaDevices.getUserMedia({ audio })];
    return new MediaStream([...shown.getVideoTracks(), ...heard.getAudioTracks()]);
  } catch (error) {
    throw new Error(refusalOf(error), { cause: error });
  }
}

function refusalOf(error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError") return "The browser was told not to give camera and microphone to this page: allow it beside the address, then try again.";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "The browser finds no camera or no microphone.";
  if (name === "NotReadableError") return "Another program uses the camera: close it there, then try again.";
  return error instanceof Error ? error.message : String(error);
}

/** The key that this tab knows anyway, or one made for it. */
async function keyFor(channel: string): Promise<string> {
  const known = fresh.peek().get(channel)?.secret ?? made.get(channel);
  if (known !== undefined) return known;
  const { secret } = await newKey(channel);
  made.set(channel, secret);
  refresh("keys");
  return secret;
}

/** One key for all browsers: nobody can look the last one up, so it is made anew in its place. */
async function newKey(channel: string): Promise<MadeStreamKey> {
  const keys = await readAll((query) => api.get("/channels/{channel}/keys", { path: { channel }, query }));
  const before = keys.find(({ name }) => name === KEY_NAME);
  if (before === undefined) return api.post("/channels/{channel}/keys", { path: { channel }, body: { name: KEY_NAME }, once: newOnce() });
  return api.post("/channels/{channel}/keys/{key_id}/rotate", { path: { channel, key_id: before.id }, body: { disconnect: false } });
}

const made = new Map<string, string>();
