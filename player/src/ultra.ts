// Ultra-low mode: one endless response with a fragment per frame, appended to Media Source Extensions as it comes.
import { Backoff } from "./backoff";
import { BoxReader, decodeTime, joined, type Box } from "./boxes";
import { ahead, ranges } from "./buffer";
import type { Events, Player } from "./player";
import type { Rendition } from "./status";

const VIDEO_TRACK = 1;
const UNITS_PER_S = 1000; // the video track's timescale: milliseconds since 1970
const BACK_BUFFER_S = 10; // enough for the decoder to start again from a keyframe
const QUEUE_BYTES_MAX = 32 << 20; // the decoder does not keep up: start again at the live edge
const SILENCE_MS = 4000; // no byte for this long on a live stream: the connection is dead
const FAILURES_MAX = 4; // in a row: then ultra-low is not possible here
const YOUNG_MS = 400; // the start-up backlog is read when the last fragment is younger
const JOIN_LATEST_MS = 1500; // join even if the clocks disagree

interface Piece {
  readonly init: boolean;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

interface MediaSourceClass {
  new (): MediaSource;
  isTypeSupported(type: string): boolean;
}

function mediaSource(): MediaSourceClass | undefined {
  const { MediaSource, ManagedMediaSource } = globalThis as {
    MediaSource?: MediaSourceClass;
    ManagedMediaSource?: MediaSourceClass;
  };
  return MediaSource ?? ManagedMediaSource;
}

function mime(codecs: string): string {
  return `video/mp4; codecs="${codecs}"`;
}

export function decodable(codecs: string): boolean {
  return mediaSource()?.isTypeSupported(mime(codecs)) ?? false;
}

export class UltraLowPlayer implements Player {
  readonly mode = "ultra";
  private readonly source: MediaSource;
  private buffer: SourceBuffer | null = null;
  private queue: Piece[] = [];
  private fragment: Uint8Array<ArrayBuffer>[] = [];
  private origin_ms: number | null = null;
  private newest_ms = 0;
  private joined = false;
  private first_ms: number | null = null;
  private connection = new AbortController();
  private stopped = false;
  private switching = false;
  private readonly backoff = new Backoff(250, 4000);

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly stream: string,
    private playing: Rendition,
    private readonly choices: readonly Rendition[],
    private readonly target_s: () => number,
    private readonly serverNow_ms: () => number,
    private readonly events: Events,
  ) {
    const Source = mediaSource();
    if (Source === undefined) throw new Error("this browser has no Media Source Extensions");
    this.source = new Source();
    this.source.addEventListener("sourceopen", () => void this.run(), { once: true });
    video.disableRemotePlayback = true; // ManagedMediaSource refuses to open otherwise
    video.src = URL.createObjectURL(this.source);
  }

  wall_ms(): number | null {
    return this.origin_ms === null ? null : this.origin_ms + this.video.currentTime * 1000;
  }

  rendition(): string {
    return this.playing.name;
  }

  choose(name: string | null): void {
    const wanted = this.choices.find((rendition) => rendition.name === name) ?? this.choices[0];
    if (wanted === undefined || wanted.name === this.playing.name) return;
    this.playing = wanted;
    this.switching = true;
    this.connection.abort(); // the loop connects again, to this rendition
  }

  goLive(): void {
    const end = ranges(this.video.buffered).at(-1)?.[1];
    if (end !== undefined) this.video.currentTime = Math.max(this.video.currentTime, end - this.target_s());
  }

  destroy(): void {
    this.stopped = true;
    this.connection.abort();
    URL.revokeObjectURL(this.video.src);
    this.video.removeAttribute("src");
    this.video.load();
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        await this.receive();
      } catch (error) {
        if (this.stopped) return;
        if (this.switching) continue;
        if (this.backoff.count >= FAILURES_MAX) this.events.impossible(String(error));
      }
      await new Promise((resolve) => setTimeout(resolve, this.backoff.failed()));
    }
  }

  /** One response from its first byte to its end. */
  private async receive(): Promise<void> {
    const connection = (this.connection = new AbortController());
    this.switching = false;
    let quiet = setTimeout(() => connection.abort(), SILENCE_MS);
    try {
      const url = `/live/${this.stream}/${this.playing.name}/frames.mp4`;
      const response = await fetch(url, { signal: connection.signal, cache: "no-store" });
      if (!response.ok || response.body === null) throw new Error(`the server answered ${response.status}`);
      const reader = response.body.getReader();
      const boxes = new BoxReader();
      this.fragment = [];
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        clearTimeout(quiet);
        quiet = setTimeout(() => connection.abort(), SILENCE_MS);
        for (const box of boxes.feed(value as Uint8Array<ArrayBuffer>)) this.take(box);
      }
    } finally {
      clearTimeout(quiet);
      connection.abort();
    }
  }

  private take({ type, bytes }: Box): void {
    if (type === "ftyp" || type === "moof") this.fragment = [bytes];
    if (type === "moof") this.note(decodeTime(bytes, VIDEO_TRACK));
    if (type !== "moov" && type !== "mdat") return;
    this.queue.push({ init: type === "moov", bytes: joined([...this.fragment, bytes]) });
    this.pump();
  }

  private note(time: number | null): void {
    if (time === null) return;
    this.newest_ms = (time * 1000) / UNITS_PER_S;
    this.origin_ms ??= this.newest_ms;
  }

  private pump(): void {
    if (this.stopped || this.buffer?.updating || this.source.readyState !== "open") return;
    const next = this.queue[0];
    if (next === undefined) return;
    try {
      if (next.init) this.prepare();
      else this.shift();
      this.buffer?.appendBuffer(this.nextBytes());
    } catch (error) {
      this.events.broken(`the browser refused the media: ${String(error)}`);
    }
  }

  /** The next initialization segment alone, or all the fragments before the one after. */
  private nextBytes(): Uint8Array<ArrayBuffer> {
    const [first] = this.queue;
    const end = this.queue.findIndex((piece, index) => index > 0 && (piece.init || first?.init === true));
    const taken = this.queue.splice(0, end < 0 ? this.queue.length : end);
    const bytes = joined(taken.map((piece) => piece.bytes));
    if (bytes.length > QUEUE_BYTES_MAX) throw new Error(`${bytes.length} bytes are waiting for the decoder`);
    return bytes;
  }

  private prepare(): void {
    const type = mime(this.playing.codecs);
    if (this.buffer === null) {
      this.buffer = this.source.addSourceBuffer(type);
      this.buffer.addEventListener("updateend", () => this.onAppended());
      this.buffer.addEventListener("error", () => this.events.broken("the browser could not read the media"));
    } else {
      this.buffer.abort();
      this.buffer.changeType(type);
    }
  }

  /** Positions count from the first fragment: seconds since 1970 are too large for a float's precision in a decoder. */
  private shift(): void {
    if (this.buffer !== null && this.origin_ms !== null && this.buffer.timestampOffset === 0)
      this.buffer.timestampOffset = -this.origin_ms / 1000;
  }

  private onAppended(): void {
    const { buffer } = this;
    if (this.stopped || buffer === null || this.source.readyState !== "open") return;
    const buffered = ranges(this.video.buffered);
    const end = buffered.at(-1)?.[1];
    if (end !== undefined) this.onProgress(buffered, end);
    if (!this.trim(buffer, buffered)) this.pump();
  }

  private onProgress(buffered: ReturnType<typeof ranges>, end: number): void {
    const now_ms = performance.now();
    this.first_ms ??= now_ms;
    this.backoff.succeeded();
    if (this.joined) return;
    const young = this.queue.length === 0 && this.serverNow_ms() - this.newest_ms < YOUNG_MS;
    if (!young && now_ms - this.first_ms < JOIN_LATEST_MS) return;
    if (ahead(buffered, end - this.target_s()) <= 0) return;
    this.joined = true;
    this.video.currentTime = Math.max(0, end - this.target_s());
  }

  /** True when it began to drop old media, so that the next append must wait for it. */
  private trim(buffer: SourceBuffer, buffered: ReturnType<typeof ranges>): boolean {
    const start = buffered[0]?.[0] ?? 0;
    const keep_from = this.video.currentTime - BACK_BUFFER_S;
    if (buffer.updating || start > keep_from - BACK_BUFFER_S) return false;
    buffer.remove(0, keep_from);
    return true;
  }
}
