// HLS by the browser itself, where there are no Media Source Extensions.
import type { Player } from "./player";

export class NativePlayer implements Player {
  readonly mode = "native";

  constructor(
    private readonly video: HTMLVideoElement & { getStartDate?: () => Date },
    playlist: string,
  ) {
    video.src = playlist;
  }

  static supported(video: HTMLVideoElement): boolean {
    return video.canPlayType("application/vnd.apple.mpegurl") !== "";
  }

  wall_ms(): number | null {
    const start_ms = this.video.getStartDate?.().getTime() ?? Number.NaN;
    return Number.isNaN(start_ms) ? null : start_ms + this.video.currentTime * 1000;
  }

  rendition(): string | null {
    return null;
  }

  choose(): void {
    // The browser chooses.
  }

  goLive(): void {
    const { seekable } = this.video;
    if (seekable.length > 0) this.video.currentTime = seekable.end(seekable.length - 1);
  }

  destroy(): void {
    this.video.removeAttribute("src");
    this.video.load();
  }
}
