// Keeps a video element at the live edge: feeds the latency controller and obeys it.
import { acrossGap, ahead, ranges } from "./buffer";
import type { LatencyController } from "./latency";

const SAMPLE_MS = 20; // finer than a frame, so the lowest point of the buffer is seen
const STANDING_MS = 150; // longer than a decoder's hiccup: then a gap is jumped

export class LiveEdge {
  stalls = 0;
  private readonly timer: ReturnType<typeof setInterval>;
  private readonly listeners = new AbortController();
  private followed = true;
  private played = false;
  private position_s = -1;
  private moved_ms = 0;

  constructor(
    private readonly video: HTMLVideoElement,
    readonly controller: LatencyController,
    /** Whether sound keeps its pitch at other rates: the browser's time stretching starves on very short buffers. */
    preservesPitch: boolean,
  ) {
    video.preservesPitch = preservesPitch;
    const { signal } = this.listeners;
    controller.restart(performance.now());
    video.addEventListener("waiting", () => this.onWaiting(), { signal });
    video.addEventListener("playing", () => this.onPlaying(), { signal });
    video.addEventListener("seeked", () => controller.restart(performance.now()), { signal });
    this.timer = setInterval(() => this.tick(performance.now()), SAMPLE_MS);
  }

  get following(): boolean {
    return this.followed;
  }

  set following(follow: boolean) {
    if (follow && !this.followed) this.controller.join(performance.now());
    this.followed = follow;
  }

  get buffer_s(): number {
    return ahead(ranges(this.video.buffered), this.video.currentTime);
  }

  destroy(): void {
    clearInterval(this.timer);
    this.listeners.abort();
    this.setRate(1);
  }

  private onWaiting(): void {
    if (!this.played || this.video.seeking || this.video.paused) return;
    this.stalls += 1;
    this.controller.stalled(performance.now());
  }

  private onPlaying(): void {
    this.controller.resumed(performance.now());
    if (!this.played) this.controller.join(performance.now());
    this.played = true;
  }

  private tick(now_ms: number): void {
    const { video } = this;
    if (video.currentTime !== this.position_s) this.moved_ms = now_ms;
    this.position_s = video.currentTime;
    if (!this.played || video.paused || video.seeking) return;
    const buffered = ranges(video.buffered);
    if (now_ms - this.moved_ms > STANDING_MS) this.jumpGap(acrossGap(buffered, video.currentTime));
    if (!this.following) {
      this.setRate(1);
      return;
    }
    const { rate, jump_s } = this.controller.sample(now_ms, ahead(buffered, video.currentTime));
    if (jump_s > 0) video.currentTime += jump_s;
    this.setRate(rate);
  }

  private jumpGap(to_s: number | null): void {
    if (to_s !== null) this.video.currentTime = to_s + 0.001; // just inside: a range's bound may be rounded up
  }

  private setRate(rate: number): void {
    if (this.video.playbackRate !== rate) this.video.playbackRate = rate;
  }
}
