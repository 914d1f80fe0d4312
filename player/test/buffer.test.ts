import assert from "node:assert/strict";
import { test } from "node:test";
import { Backoff } from "../src/backoff";
import { acrossGap, ahead } from "../src/buffer";
import { ServerClock } from "../src/clock";

test("the forward buffer runs across seams and ends at a gap", () => {
  assert.equal(ahead([[0, 2], [2.05, 4], [6, 8]], 1), 3);
  assert.equal(ahead([[6, 8]], 1), 0);
  assert.equal(ahead([], 1), 0);
});

test("a playhead before a gap continues at what lies behind it", () => {
  assert.equal(acrossGap([[0, 2], [6, 8]], 2), 6);
  assert.equal(acrossGap([[0, 2]], 2), null);
});

test("the least delayed reading sets the clock", () => {
  const clock = new ServerClock();
  assert.equal(clock.offset_ms, 0);
  clock.add({ sent_ms: 1000, received_ms: 1400, server_ms: 6390 });
  clock.add({ sent_ms: 2000, received_ms: 2020, server_ms: 7010 });
  clock.add({ sent_ms: 3000, received_ms: 3600, server_ms: 8550 });
  assert.equal(clock.offset_ms, 5000);
  assert.equal(clock.round_trip_s, 0.02);
});

test("old readings are forgotten, so a drifting clock is followed", () => {
  const clock = new ServerClock();
  clock.add({ sent_ms: 0, received_ms: 2, server_ms: 1 });
  for (let i = 0; i < 8; i++) clock.add({ sent_ms: 1000, received_ms: 1020, server_ms: 1510 });
  assert.equal(clock.offset_ms, 500);
});

test("waits double up to the longest", () => {
  const backoff = new Backoff(250, 1500);
  assert.deepEqual([1, 2, 3, 4].map(() => backoff.failed()), [250, 500, 1000, 1500]);
  backoff.succeeded();
  assert.equal(backoff.failed(), 250);
});
