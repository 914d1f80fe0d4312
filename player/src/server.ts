// Questions to the server, one at a time, each with a limit: the stream's status, the time.
import type { ServerClock } from "./clock";
import type { Status } from "./status";

const ANSWER_MS = 4000;
const STATUS_LIVE_MS = 2000;
const STATUS_WAITING_MS = 1000; // somebody is looking at a page that waits
const STATUS_LONGEST_MS = 8000;
const STATUS_HIDDEN_MS = 8000;
const CLOCK_FIRST = 3; // readings at once, so that one slow answer does not set the clock
const CLOCK_EVERY_MS = 60_000;

export async function json<T>(url: string): Promise<T> {
  const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) });
  if (!response.ok) throw new Error(`${url}: status ${response.status}`);
  return (await response.json()) as T;
}

export class StatusPoll {
  latest: Status | null = null;
  unanswered = 0;

  constructor(
    private readonly stream: string,
    private readonly changed: () => void,
  ) {
    void this.run();
  }

  private async run(): Promise<void> {
    for (;;) {
      await this.ask();
      this.changed();
      await pause(this.wait_ms());
    }
  }

  private async ask(): Promise<void> {
    try {
      this.latest = await json<Status>(`/live/${this.stream}/status.json`);
      this.unanswered = 0;
    } catch {
      this.unanswered += 1; // shown by the caption: nobody reads a console
    }
  }

  private wait_ms(): number {
    if (document.hidden && this.latest?.state !== "live") return STATUS_HIDDEN_MS;
    if (this.unanswered > 0) return Math.min(STATUS_LONGEST_MS, STATUS_WAITING_MS * 1.5 ** this.unanswered);
    return this.latest?.state === "live" ? STATUS_LIVE_MS : STATUS_WAITING_MS;
  }
}

export async function keepTime(clock: ServerClock, read: (clock: ServerClock) => void): Promise<never> {
  for (let reading = 0; ; reading++) {
    try {
      const sent_ms = Date.now();
      const { now_ms } = await json<{ now_ms: number }>("/live/time");
      clock.add({ sent_ms, received_ms: Date.now(), server_ms: now_ms });
      read(clock);
    } catch {
      reading = 0; // the delay is shown by the last reading until the server answers again
      await pause(STATUS_LONGEST_MS);
    }
    if (reading >= CLOCK_FIRST) await pause(CLOCK_EVERY_MS);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
