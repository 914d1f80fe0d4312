// The viewers' own player, muted and small: fetched only where somebody looks at a stream.
import { ServerClock } from "../../../../player/src/clock";
import { LiveEdge } from "../../../../player/src/edge";
import { LatencyController } from "../../../../player/src/latency";
import { LowLatencyPlayer } from "../../../../player/src/lowlatency";
import { NativePlayer } from "../../../../player/src/native";
import type { Player } from "../../../../player/src/player";

const AGAIN_MS = 1500;
const CLOCK_READINGS = 3; // so that one slow answer does not set the clock
const ANSWER_MS = 4000;

export class Preview {
  private readonly clock = new ServerClock();
  private readonly controller = new LatencyController();
  private player: Player | null = null;
  private edge: LiveEdge | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly playlist: string,
  ) {
    void this.setClock();
    this.build();
  }

  /** How far the picture is behind the broadcaster; null while nothing moves. */
  get delay_s(): number | null {
    const wall_ms = this.player?.wall_ms() ?? null;
    if (wall_ms === null || this.video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return null;
    return Math.max(0, Date.now() + this.clock.offset_ms - wall_ms) / 1000;
  }

  get rendition(): string | null {
    return this.player?.rendition() ?? null;
  }

  destroy(): void {
    clearTimeout(this.timer);
    this.edge?.destroy();
    this.player?.destroy();
    this.edge = null;
    this.player = null;
  }

  private build(): void {
    this.destroy();
    const again = (): void => void (this.timer = setTimeout(() => this.build(), AGAIN_MS));
    if (LowLatencyPlayer.supported()) {
      this.player = new LowLatencyPlayer(this.video, this.playlist, "low", { broken: again, impossible: () => this.destroy() });
      this.edge = new LiveEdge(this.video, this.controller, true);
    } else this.player = new NativePlayer(this.video, this.playlist);
    this.video.play().catch(() => undefined); // a browser that forbids even muted pictures shows the first one
  }

  /** Where it does not work, the delay is as right as this machine's clock. */
  private async setClock(): Promise<void> {
    const time = new URL("../time", new URL(this.playlist, location.href));
    for (let reading = 0; reading < CLOCK_READINGS; reading++) {
      const sent_ms = Date.now();
      const server_ms = await serverTime(time);
      if (server_ms === null) return;
      this.clock.add({ sent_ms, received_ms: Date.now(), server_ms });
      this.controller.network(this.clock.round_trip_s);
    }
  }
}

async function serverTime(url: URL): Promise<number | null> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) });
    return ((await answer.json()) as { now_ms: number }).now_ms;
  } catch {
    return null;
  }
}
