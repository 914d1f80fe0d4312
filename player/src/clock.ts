// The difference between this machine's clock and the server's, from the least delayed of the last readings.

const READINGS_KEPT = 8; // older ones no longer tell where a drifting clock stands

export interface Reading {
  readonly sent_ms: number;
  readonly received_ms: number;
  readonly server_ms: number;
}

export class ServerClock {
  private readings: Reading[] = [];

  add(reading: Reading): void {
    this.readings = [...this.readings.slice(1 - READINGS_KEPT), reading];
  }

  /** Milliseconds to add to this machine's clock; 0 until the first reading. */
  get offset_ms(): number {
    const best = this.best;
    return best === undefined ? 0 : best.server_ms - (best.sent_ms + best.received_ms) / 2;
  }

  get round_trip_s(): number {
    const best = this.best;
    return best === undefined ? 0 : (best.received_ms - best.sent_ms) / 1000;
  }

  private get best(): Reading | undefined {
    return [...this.readings].sort((a, b) => a.received_ms - a.sent_ms - (b.received_ms - b.sent_ms))[0];
  }
}
