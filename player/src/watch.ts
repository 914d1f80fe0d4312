// The watch page: joins the stream's status, a player, the latency controller and the controls.
import { ServerClock } from "./clock";
import { Controls } from "./controls";
import { element } from "./dom";
import { LiveEdge } from "./edge";
import { LatencyController } from "./latency";
import { step } from "./lifecycle";
import { NativePlayer } from "./native";
import type { Events, Mode, Player } from "./player";
import { keepTime, StatusPoll } from "./server";
import { play } from "./sound";
import { caption, label, playable, type Caption, type Rendition } from "./status";
import { Still } from "./still";
import { decodable, UltraLowPlayer } from "./ultra";

const UPDATE_MS = 200;
const MOVING_MS = 700; // longer than any frame interval worth calling a moving picture
const BEHIND_S = 3; // further behind than this is not "live" any more
const NOTICE_MS = 8000;

class WatchPage {
  private readonly stage = element("stage", HTMLElement);
  private readonly video = element("video", HTMLVideoElement);
  private readonly notice = element("notice", HTMLElement);
  private readonly clock = new ServerClock();
  private readonly controller = new LatencyController();
  private readonly still = new Still(this.video, element("still", HTMLCanvasElement));
  private readonly status: StatusPoll;
  private readonly controls: Controls;
  private player: Player | null = null;
  private edge: LiveEdge | null = null;
  private mode: Mode;
  private building = false;
  private broken = false;
  private failure: string | null = null;
  private fruitless = 0;
  private built_ms = 0;
  private position_s = 0;
  private moved_ms = -Infinity;
  private seen = false;
  private paused = false;
  private chosen: string | null = null;
  private stalls = 0;
  private shown: Caption = { state: "starting", title: "", text: "", calm: false };

  constructor(private readonly stream: string) {
    const asked = new URLSearchParams(location.search).get("mode");
    this.mode = asked === "ultra" || asked === "stock" ? asked : "low";
    this.controls = new Controls(this.wishes());
    this.controls.showMode(this.mode);
    element("name", HTMLElement).textContent = stream;
    document.title = `${stream} · manycast`;
    this.status = new StatusPoll(stream, () => this.update());
    void keepTime(this.clock, ({ round_trip_s }) => this.controller.network(round_trip_s));
    setInterval(() => this.update(), UPDATE_MS);
  }

  figures(): Readonly<Record<string, unknown>> {
    return Object.freeze({
      delay_s: this.delay_s,
      stalls: this.stalls + (this.edge?.stalls ?? 0),
      mode: this.player?.mode ?? this.mode,
      state: this.shown.state,
      rendition: this.player?.rendition() ?? null,
      buffer_s: this.edge?.buffer_s ?? 0,
      rate: this.video.playbackRate,
      target_s: this.controller.target_s,
      clock_offset_ms: this.clock.offset_ms,
    });
  }

  private get playlist(): string {
    return `/live/${this.stream}/index.m3u8`;
  }

  private get serverNow_ms(): number {
    return Date.now() + this.clock.offset_ms;
  }

  private get delay_s(): number | null {
    const wall_ms = this.player?.wall_ms() ?? null;
    return wall_ms === null || !this.seen ? null : Math.max(0, this.serverNow_ms - wall_ms) / 1000;
  }

  private get serverIsWell(): boolean {
    return this.status.latest?.state === "live" && this.status.unanswered === 0;
  }

  private get atLive(): boolean {
    return (this.edge?.following ?? true) && !this.paused && (this.delay_s ?? 0) < BEHIND_S;
  }

  private get moving(): boolean {
    return this.seen && (this.paused || performance.now() - this.moved_ms < MOVING_MS);
  }

  private get renditions(): readonly Rendition[] {
    return this.status.latest?.renditions ?? [];
  }

  private update(): void {
    this.observe();
    this.act();
    this.show();
  }

  private observe(): void {
    const { currentTime, readyState } = this.video;
    if (currentTime === this.position_s || readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    this.position_s = currentTime;
    if (this.player === null || this.video.seeking) return;
    this.moved_ms = performance.now();
    this.fruitless = 0;
    this.seen = true;
  }

  private act(): void {
    if (this.building || this.failure !== null) return;
    const now_ms = performance.now();
    const decision = step({
      state: this.status.latest?.state ?? null,
      player: this.player !== null,
      paused: this.paused,
      still_ms: now_ms - Math.max(this.moved_ms, this.built_ms),
      broken: this.broken,
      built_ms: now_ms - this.built_ms,
      fruitless: this.fruitless,
    });
    if (decision === "stop") this.stop();
    else if (decision !== "keep") void this.build();
  }

  private async build(): Promise<void> {
    this.stop();
    this.building = true;
    this.fruitless += 1;
    try {
      this.player = await this.make();
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
      return;
    } finally {
      this.building = false;
      this.built_ms = performance.now();
    }
    this.controller.pieces(this.player.mode === "ultra" ? 0 : (this.status.latest?.part_ms ?? 0) / 1000);
    if (this.player.mode === "low" || this.player.mode === "ultra")
      this.edge = new LiveEdge(this.video, this.controller, this.player.mode === "low");
    this.controls.showMode(this.player.mode);
    if (!this.paused) void play(this.video, () => this.controls.silenced());
  }

  private async make(): Promise<Player> {
    const events = this.events();
    if (this.mode === "ultra") {
      const choices = playable(this.renditions, decodable);
      const first = choices.find((rendition) => rendition.name === this.chosen) ?? choices[0];
      if (first !== undefined) return this.ultra(first, choices, events);
      this.giveUpUltra("this browser cannot decode the broadcaster’s video one frame at a time");
    }
    const { LowLatencyPlayer } = await import("./lowlatency");
    if (LowLatencyPlayer.supported())
      return new LowLatencyPlayer(this.video, this.playlist, this.mode === "stock" ? "stock" : "low", events);
    if (NativePlayer.supported(this.video)) return new NativePlayer(this.video, this.playlist);
    throw new Error("This browser can play neither Media Source Extensions nor HLS. A current browser will.");
  }

  private ultra(first: Rendition, choices: readonly Rendition[], events: Events): Player {
    const target_s = (): number => this.controller.target_s;
    const now_ms = (): number => this.serverNow_ms;
    return new UltraLowPlayer(this.video, this.stream, first, choices, target_s, now_ms, events);
  }

  private events(): Events {
    return {
      broken: () => {
        this.broken = true;
      },
      impossible: (reason) => {
        if (this.mode !== "ultra") this.failure = reason;
        else if (this.serverIsWell) this.giveUpUltra(reason); // in an outage no other mode would do better
      },
    };
  }

  private giveUpUltra(reason: string): void {
    this.mode = "low";
    this.broken = true;
    this.fruitless = 0;
    this.say(`Ultra-low is not possible at the moment: ${reason}. Low latency goes on.`);
  }

  private stop(): void {
    this.still.hold();
    this.stalls += this.edge?.stalls ?? 0;
    this.edge?.destroy();
    this.player?.destroy();
    this.edge = null;
    this.player = null;
    this.broken = false;
  }

  private wishes(): ConstructorParameters<typeof Controls>[0] {
    return {
      togglePlay: () => this.togglePlay(),
      goLive: () => this.goLive(),
      seek: (by_s) => this.seek(by_s),
      quality: (name) => {
        this.chosen = name;
        this.player?.choose(name);
      },
      mode: (mode) => {
        if (mode === this.mode) return;
        this.mode = mode;
        this.chosen = null;
        this.failure = null;
        if (this.player !== null) void this.build();
      },
    };
  }

  private togglePlay(): void {
    if (this.player === null) return;
    this.paused = !this.video.paused;
    if (this.paused) {
      if (this.edge !== null) this.edge.following = false;
      this.video.pause();
    } else if (this.player.mode === "ultra") this.goLive();
    else void play(this.video, () => this.controls.silenced());
  }

  private goLive(): void {
    this.paused = false;
    if (this.edge !== null) this.edge.following = true;
    this.player?.goLive();
    if (this.video.paused) void play(this.video, () => this.controls.silenced());
  }

  private seek(by_s: number): void {
    if (this.player === null || this.player.mode === "ultra") return;
    if (by_s > 0 && (this.delay_s ?? 0) < by_s + BEHIND_S) this.goLive();
    else {
      if (this.edge !== null) this.edge.following = false;
      const from = this.video.seekable.length > 0 ? this.video.seekable.start(0) : 0;
      this.video.currentTime = Math.max(from, this.video.currentTime + by_s);
    }
  }

  private show(): void {
    const words = caption(this.stream, {
      status: this.status.latest,
      unanswered: this.status.unanswered,
      moving: this.moving,
      seen: this.seen,
      failure: this.failure,
    });
    if (JSON.stringify(words) !== JSON.stringify(this.shown)) this.showCaption(words);
    const live = words.state === "live";
    this.controls.showDelay(live ? this.delay_s : null, live && this.atLive);
    this.showQuality();
    this.showDetails();
  }

  private showQuality(): void {
    const auto = this.player?.mode !== "ultra";
    const offered = auto ? this.renditions : playable(this.renditions, decodable);
    this.controls.offer(offered, auto, auto ? this.chosen : (this.player?.rendition() ?? null));
  }

  private showCaption(words: Caption): void {
    this.shown = words;
    this.stage.dataset["state"] = words.state;
    this.stage.classList.toggle("calm", words.calm);
    element("caption-title", HTMLElement).textContent = words.title;
    element("caption-text", HTMLElement).textContent = words.text;
    element("caption", HTMLElement).hidden = words.title === "";
  }

  private showDetails(): void {
    const playing = this.renditions.find((rendition) => rendition.name === this.player?.rendition());
    const delay_s = this.delay_s?.toFixed(1);
    const delay = this.shown.state === "live" && delay_s !== undefined ? `${delay_s} s behind the broadcaster` : "";
    const details = [playing === undefined ? "" : label(playing), delay].filter((part) => part !== "").join(" · ");
    element("details", HTMLElement).textContent = details;
    const shape = playing ?? this.renditions[0];
    if (shape !== undefined && shape.height > 0)
      this.stage.style.setProperty("--shape", `${shape.width} / ${shape.height}`);
  }

  private say(text: string): void {
    this.notice.textContent = text;
    this.notice.hidden = false;
    setTimeout(() => (this.notice.hidden = true), NOTICE_MS);
  }
}

const page = new WatchPage(location.pathname.split("/")[2] ?? "");
Object.defineProperty(window, "manycast", { get: () => page.figures(), enumerable: true });
