import assert from "node:assert/strict";
import { test } from "node:test";
import { LatencyController, LIMITS } from "../src/latency";

const STEP_MS = 20;

/** A buffer fed by parts of `part_s`, played at the controller's rate: returns its lowest point over the last second. */
function play(controller: LatencyController, start: { buffer_s: number; part_s: number; seconds: number }): number {
  let buffer_s = start.buffer_s;
  let owed_s = 0;
  let rate = 1;
  const lows: number[] = [];
  controller.restart(0);
  for (let now_ms = 0; now_ms < start.seconds * 1000; now_ms += STEP_MS) {
    owed_s += STEP_MS / 1000;
    if (owed_s >= start.part_s) {
      owed_s -= start.part_s;
      buffer_s += start.part_s;
    }
    buffer_s = Math.max(0, buffer_s - (rate * STEP_MS) / 1000);
    const command = controller.sample(now_ms, buffer_s);
    buffer_s -= command.jump_s;
    rate = command.rate;
    lows.push(buffer_s);
  }
  return Math.min(...lows.slice(-1000 / STEP_MS));
}

for (const part_s of [0.033, 0.2, 0.334, 0.5, 1])
  test(`the lowest point settles at the target with parts of ${part_s} s`, () => {
    const controller = new LatencyController();
    controller.pieces(part_s);
    const low_s = play(controller, { buffer_s: 1.2, part_s, seconds: 60 });
    assert.ok(Math.abs(low_s - controller.target_s) < 0.09, `low ${low_s}, target ${controller.target_s}`);
  });

test("a buffer that never runs out is never slowed to a stall", () => {
  const controller = new LatencyController();
  const low_s = play(controller, { buffer_s: 0.09, part_s: 0.033, seconds: 30 });
  assert.ok(low_s > 0.05, `low ${low_s}`);
});

test("too little buffer slows playback down", () => {
  const controller = new LatencyController();
  controller.restart(0);
  let rate = 1;
  for (let now_ms = 0; now_ms < 500; now_ms += STEP_MS) ({ rate } = controller.sample(now_ms, 0.03));
  assert.equal(rate, 0.95);
});

test("far behind, it jumps once and by the whole excess", () => {
  const controller = new LatencyController();
  controller.restart(0);
  const jumps: number[] = [];
  for (let now_ms = 0; now_ms <= 1500; now_ms += STEP_MS) {
    const { jump_s } = controller.sample(now_ms, 4);
    if (jump_s > 0) jumps.push(jump_s);
  }
  assert.deepEqual(jumps, [4 - controller.target_s]);
});

test("sparse samples of a hidden tab change no rate", () => {
  const controller = new LatencyController();
  controller.restart(0);
  for (let now_ms = 0; now_ms < 20_000; now_ms += 1000) assert.equal(controller.sample(now_ms, 1).rate, 1);
});

test("a stall raises the target, and calm lowers it again", () => {
  const controller = new LatencyController();
  controller.restart(0);
  controller.stalled(1000);
  controller.resumed(1300);
  const raised_s = controller.target_s;
  assert.ok(raised_s > LIMITS.base_s);
  for (let now_ms = 1300; now_ms < 600_000; now_ms += STEP_MS) controller.sample(now_ms, raised_s);
  assert.ok(Math.abs(controller.target_s - LIMITS.base_s) < 1e-9);
});

test("an outage of the broadcaster says nothing about the network", () => {
  const controller = new LatencyController();
  controller.restart(0);
  controller.stalled(1000);
  controller.resumed(21_000);
  assert.equal(controller.target_s, LIMITS.base_s);
});

test("endless stalls stop at the ceiling", () => {
  const controller = new LatencyController();
  for (let now_ms = 0; now_ms < 200_000; now_ms += 1000) {
    controller.stalled(now_ms);
    controller.resumed(now_ms + 300);
  }
  assert.equal(controller.target_s, LIMITS.ceiling_s);
});

test("long round trips are answered with more buffer", () => {
  const controller = new LatencyController();
  controller.network(0.15);
  assert.ok(Math.abs(controller.target_s - LIMITS.base_s - 0.05) < 1e-9);
});

test("a moderate excess is jumped while joining, and hurried through later", () => {
  const controller = new LatencyController();
  const jumps = (from_ms: number): number => {
    let count = 0;
    for (let now_ms = from_ms; now_ms < from_ms + 1500; now_ms += STEP_MS)
      if (controller.sample(now_ms, 1).jump_s > 0) count += 1;
    return count;
  };
  controller.join(0);
  assert.equal(jumps(0), 1);
  controller.restart(60_000);
  assert.equal(jumps(60_000), 0);
});
