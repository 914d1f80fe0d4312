// Low-Latency HLS through hls.js, with announced parts fetched ahead.
import Hls, { type ErrorData, type HlsConfig, type LevelDetails } from "hls.js/light";
import { hintedLoader, PartHints } from "./hints";
import type { Events, Player } from "./player";

/** Retry through any outage that the origin bridges; the page itself watches for longer ones. */
const RETRY = { maxNumRetry: 60, retryDelayMs: 250, maxRetryDelayMs: 1000 };

function configuration(hints: PartHints): Partial<HlsConfig> {
  const { playlistLoadPolicy, fragLoadPolicy } = Hls.DefaultConfig;
  return {
    enableWorker: false, // fragments pass through untouched: a worker would only add a hop
    lowLatencyMode: true,
    maxLiveSyncPlaybackRate: 1, // our own controller sets the rate
    liveSyncOnStallIncrease: 0,
    liveDurationInfinity: true,
    backBufferLength: 10,
    maxBufferLength: 10,
    startFragPrefetch: true,
    capLevelToPlayerSize: true,
    testBandwidth: false, // a test at the lowest quality would mean a switch in the first seconds
    abrEwmaDefaultEstimate: 6e6,
    abrEwmaFastLive: 6,
    abrEwmaSlowLive: 20,
    fLoader: hintedLoader(hints),
    playlistLoadPolicy: { default: { ...playlistLoadPolicy.default, errorRetry: RETRY } },
    fragLoadPolicy: { default: { ...fragLoadPolicy.default, errorRetry: RETRY } },
  };
}

export class LowLatencyPlayer implements Player {
  private readonly hls: Hls;
  private readonly hints = new PartHints();

  constructor(
    private readonly video: HTMLVideoElement,
    playlist: string,
    readonly mode: "low" | "stock",
    private readonly events: Events,
  ) {
    this.hls = new Hls(mode === "low" ? configuration(this.hints) : {});
    this.hls.on(Hls.Events.ERROR, (_, data) => this.onError(data));
    if (mode === "low") this.hls.on(Hls.Events.LEVEL_UPDATED, (_, { details }) => this.announce(details));
    this.hls.loadSource(playlist);
    this.hls.attachMedia(video);
  }

  static supported(): boolean {
    return Hls.isSupported();
  }

  wall_ms(): number | null {
    return this.hls.playingDate?.getTime() ?? null;
  }

  rendition(): string | null {
    const level = this.hls.currentLevel >= 0 ? this.hls.currentLevel : this.hls.loadLevel;
    return nameOf(this.hls.levels[level]?.url[0]);
  }

  choose(name: string | null): void {
    this.hls.loadLevel = name === null ? -1 : this.hls.levels.findIndex((level) => nameOf(level.url[0]) === name);
  }

  goLive(): void {
    const position = this.hls.liveSyncPosition;
    if (position !== null && position > this.video.currentTime) this.video.currentTime = position;
  }

  destroy(): void {
    this.hints.clear();
    this.hls.destroy();
  }

  private announce(details: LevelDetails): void {
    const uri = details.preloadHint?.URI;
    if (uri !== undefined && details.live) this.hints.announce(new URL(uri, details.url).href);
  }

  private onError({ fatal, details, error }: ErrorData): void {
    if (!fatal) return;
    if (details === Hls.ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR)
      this.events.impossible("This browser cannot decode the broadcaster’s video. Another browser may.");
    else this.events.broken(`${details}: ${error.message}`);
  }
}

/** `/live/STREAM/RENDITION/index.m3u8` -> RENDITION */
function nameOf(url: string | undefined): string | null {
  return url?.split("?")[0]?.split("/").at(-2) ?? null;
}
