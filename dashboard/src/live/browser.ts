// Publishing from this browser by WHIP (RFC 9725). It lives beside the pages, so that walking about does not end the show.
import { signal } from "@preact/signals";

const GATHERING_MS = 2000; // candidates found later would need trickling, which few servers take
const ADMITTED_MS = 8000; // a key made this moment reaches the origin with its next report
const AGAIN_MS = 700;
const VIDEO_BPS = 3_500_000;
const AUDIO_BPS = 128_000;

export type Phase = "connecting" | "live" | "failed";

export interface Publishing {
  readonly channel: string;
  readonly media: MediaStream;
  readonly phase: Phase;
  /** Why it failed. */
  readonly problem: string;
}

export const publishing = signal<Publishing | null>(null);

let connection: RTCPeerConnection | null = null;
let session: { readonly url: string; readonly key: string } | null = null;

/** Resolves when the server took the offer; what comes later is in `publishing`. */
export async function publish(channel: string, media: MediaStream, url: string, key: string): Promise<void> {
  stop();
  publishing.value = { channel, media, phase: "connecting", problem: "" };
  addEventListener("beforeunload", warn);
  addEventListener("pagehide", stop);
  const peer = new RTCPeerConnection();
  connection = peer;
  peer.addEventListener("connectionstatechange", () => changed(peer));
  try {
    await Promise.all(media.getTracks().map((track) => send(peer, track, media)));
    await peer.setLocalDescription();
    await gathered(peer);
    const reply = await offer(url, key, peer.localDescription?.sdp ?? "");
    if (connection !== peer) return;
    session = { url: new URL(reply.headers.get("location") ?? "", url).href, key };
    await peer.setRemoteDescription({ type: "answer", sdp: await reply.text() });
  } catch (error) {
    if (connection === peer) fail(error instanceof TypeError ? "The server does not answer. Is its address reachable from here?" : words(error));
  }
}

export function stop(): void {
  removeEventListener("beforeunload", warn);
  removeEventListener("pagehide", stop);
  leave();
  for (const track of publishing.peek()?.media.getTracks() ?? []) track.stop();
  publishing.value = null;
}

function leave(): void {
  connection?.close();
  connection = null;
  if (session !== null) void fetch(session.url, { method: "DELETE", headers: { authorization: `Bearer ${session.key}` }, keepalive: true }).catch(() => undefined);
  session = null;
}

async function send(peer: RTCPeerConnection, track: MediaStreamTrack, media: MediaStream): Promise<void> {
  const video = track.kind === "video";
  const way = peer.addTransceiver(track, { direction: "sendonly", streams: [media], sendEncodings: [{ maxBitrate: video ? VIDEO_BPS : AUDIO_BPS }] });
  if (!video) return;
  const known = RTCRtpSender.getCapabilities("video")?.codecs ?? [];
  const wanted = known.filter(({ mimeType }) => mimeType === "video/H264"); // carried on as it is; others must be encoded anew
  way.setCodecPreferences([...wanted, ...known.filter((codec) => !wanted.includes(codec))]);
  // A weak computer sends fewer pictures rather than smaller ones: another size in the middle of a show begins every destination anew.
  const parameters = way.sender.getParameters();
  parameters.degradationPreference = "maintain-resolution";
  await way.sender.setParameters(parameters);
}

function gathered(peer: RTCPeerConnection): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (peer.iceGatheringState === "complete") resolve();
    };
    setTimeout(resolve, GATHERING_MS);
    peer.addEventListener("icegatheringstatechange", look);
    look();
  });
}

async function offer(url: string, key: string, sdp: string): Promise<Response> {
  const until = Date.now() + ADMITTED_MS;
  for (;;) {
    const reply = await fetch(url, { method: "POST", headers: { "content-type": "application/sdp", authorization: `Bearer ${key}` }, body: sdp });
    if (reply.ok) return reply;
    if ((reply.status !== 401 && reply.status !== 403) || Date.now() > until) throw new Error(await refusal(reply));
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

async function refusal(reply: Response): Promise<string> {
  const text = (await reply.text()).trim();
  try {
    return (JSON.parse(text) as { detail?: string }).detail ?? text;
  } catch {
    return text === "" || text.length > 300 ? `The server answered ${reply.status}.` : text;
  }
}

function changed(peer: RTCPeerConnection): void {
  const now = publishing.peek();
  if (connection !== peer || now === null) return;
  if (peer.connectionState === "connected") publishing.value = { ...now, phase: "live" };
  if (peer.connectionState === "failed") fail("The connection broke. Go live again; the stream goes on if that happens within half a minute.");
}

function fail(problem: string): void {
  const now = publishing.peek();
  leave();
  if (now !== null) publishing.value = { ...now, phase: "failed", problem };
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function warn(event: BeforeUnloadEvent): void {
  event.preventDefault();
}
