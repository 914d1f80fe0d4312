// Holds playback close to the live edge: decides rate and jumps from samples of the forward buffer. No clock, no DOM.

export interface LatencyLimits {
  /** Seconds of buffer to keep at its lowest point, on a quiet network. */
  readonly base_s: number;
  /** The target never grows beyond this: more delay than stalls are worth. */
  readonly ceiling_s: number;
  /** Share of a round trip added to the target: what arrives late is late by about that much. */
  readonly round_trip_share: number;
  /** The lowest point is looked for over this long; longer than a part, or it would see only the slope of the saw-tooth. */
  readonly window_ms: number;
  /** Begin to catch up when this far above the target, and stop when this close to it: two thresholds, no flutter. */
  readonly catch_up_from_s: number;
  readonly catch_up_until_s: number;
  /** Catch up at the faster rate when this far above. */
  readonly hurry_from_s: number;
  /** Begin to slow down when below this share of the target. */
  readonly slow_down_share: number;
  /** Jump instead of hurrying when this far above: at 1.1 it would take 15 s. */
  readonly jump_from_s: number;
  /** While joining, a smaller jump is less strange to a viewer than many seconds of hurry. */
  readonly joining_ms: number;
  readonly joining_jump_from_s: number;
  /** A stall raises the target by this much, a narrow escape by a quarter of it. */
  readonly stall_step_s: number;
  /** A lowest point under this with the rate at rest is a narrow escape. */
  readonly narrow_s: number;
  /** Without trouble for this long (doubled by each stall up to the longest), lower the raised target by one narrow step. */
  readonly calm_ms: number;
  readonly calm_longest_ms: number;
  /** A standstill longer than this is an outage of the source, no sign of a jittery network. */
  readonly outage_ms: number;
}

export const LIMITS: LatencyLimits = {
  base_s: 0.13, // Chromium’s audio output starves at 0.1
  ceiling_s: 1,
  round_trip_share: 1 / 3,
  window_ms: 1000,
  catch_up_from_s: 0.06,
  catch_up_until_s: 0.03,
  hurry_from_s: 0.2,
  slow_down_share: 0.6,
  jump_from_s: 1.5,
  joining_ms: 4000,
  joining_jump_from_s: 0.4,
  stall_step_s: 0.08,
  narrow_s: 0.05,
  calm_ms: 30_000,
  calm_longest_ms: 480_000,
  outage_ms: 2500,
};

export type Rate = 0.95 | 1 | 1.05 | 1.1;

export interface Command {
  readonly rate: Rate;
  /** Seconds to jump ahead; 0 for none. */
  readonly jump_s: number;
}

const SAMPLES_MIN = 10; // fewer in the window (a hidden tab's timers) say nothing about its lowest point

export class LatencyController {
  private samples: { at_ms: number; buffer_s: number }[] = [];
  private rate: Rate = 1;
  private raised_s = 0;
  private calm_ms: number;
  private calm_since_ms = 0;
  private stalled_at_ms: number | null = null;
  private round_trip_s = 0;
  private joined_ms = -Infinity;
  private window_ms: number;

  constructor(private readonly limits: LatencyLimits = LIMITS) {
    this.calm_ms = limits.calm_ms;
    this.window_ms = limits.window_ms;
  }

  get target_s(): number {
    const { base_s, ceiling_s, round_trip_share } = this.limits;
    return Math.min(ceiling_s, base_s + round_trip_share * this.round_trip_s + this.raised_s);
  }

  network(round_trip_s: number): void {
    this.round_trip_s = round_trip_s;
  }

  /** Media arrives in pieces this long: the window must hold at least one and a half of them. */
  pieces(length_s: number): void {
    this.window_ms = Math.max(this.limits.window_ms, 1500 * length_s);
  }

  /** Playback has just begun, or the viewer asked for the live edge. */
  join(now_ms: number): void {
    this.restart(now_ms);
    this.joined_ms = now_ms;
  }

  /** Forget the samples: the playhead moved. */
  restart(now_ms: number): void {
    this.samples = [];
    this.rate = 1;
    this.calm_since_ms = now_ms;
    this.stalled_at_ms = null;
  }

  stalled(now_ms: number): void {
    this.stalled_at_ms ??= now_ms;
  }

  resumed(now_ms: number): void {
    if (this.stalled_at_ms === null) return;
    const stood_ms = now_ms - this.stalled_at_ms;
    this.restart(now_ms);
    if (stood_ms > this.limits.outage_ms) return;
    this.raise(this.limits.stall_step_s, now_ms);
    this.calm_ms = Math.min(this.limits.calm_longest_ms, this.calm_ms * 2);
  }

  sample(now_ms: number, buffer_s: number): Command {
    this.samples.push({ at_ms: now_ms, buffer_s });
    while ((this.samples[0]?.at_ms ?? now_ms) < now_ms - this.window_ms) this.samples.shift();
    const lowest_s = Math.min(...this.samples.map((sample) => sample.buffer_s));
    const excess_s = lowest_s - this.target_s;
    if (excess_s > this.jumpFrom(now_ms) && this.windowIsFull(now_ms)) {
      this.restart(now_ms);
      return { rate: 1, jump_s: excess_s };
    }
    if (this.samples.length < SAMPLES_MIN) this.rate = 1;
    else if (this.windowIsFull(now_ms) || lowest_s < this.target_s * this.limits.slow_down_share)
      this.rate = this.next(lowest_s, excess_s);
    this.adapt(now_ms, lowest_s);
    return { rate: this.rate, jump_s: 0 };
  }

  private jumpFrom(now_ms: number): number {
    const joining = now_ms - this.joined_ms < this.limits.joining_ms;
    return joining ? this.limits.joining_jump_from_s : this.limits.jump_from_s;
  }

  private windowIsFull(now_ms: number): boolean {
    return now_ms - (this.samples[0]?.at_ms ?? now_ms) >= 0.9 * this.window_ms;
  }

  private next(lowest_s: number, excess_s: number): Rate {
    const { catch_up_from_s, catch_up_until_s, hurry_from_s, slow_down_share } = this.limits;
    if (excess_s > hurry_from_s) return 1.1;
    if (excess_s > catch_up_from_s) return 1.05;
    if (excess_s > catch_up_until_s) return this.rate > 1 ? 1.05 : 1;
    if (lowest_s < this.target_s * slow_down_share) return 0.95;
    return this.rate < 1 && excess_s < 0 ? 0.95 : 1;
  }

  private adapt(now_ms: number, lowest_s: number): void {
    const step_s = this.limits.stall_step_s / 4;
    if (lowest_s < this.limits.narrow_s && this.windowIsFull(now_ms) && this.calmFor(now_ms) > this.window_ms)
      this.raise(step_s, now_ms);
    else if (this.raised_s > 0 && this.calmFor(now_ms) > this.calm_ms) this.raise(-step_s, now_ms);
  }

  private calmFor(now_ms: number): number {
    return now_ms - this.calm_since_ms;
  }

  private raise(by_s: number, now_ms: number): void {
    this.raised_s = Math.min(this.limits.ceiling_s, Math.max(0, this.raised_s + by_s));
    this.calm_since_ms = now_ms;
  }
}
