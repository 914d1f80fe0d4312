import assert from "node:assert/strict";
import { test } from "node:test";
import { nodes, stream } from "../fixtures/make";
import { line } from "../src/components/figure";
import { histories, historyOf, sample, SAMPLES_MAX } from "../src/live/history";
import { ahead_ms, fleet, forgetLive, here_ms, known, now_ms, onAir, streams, takeFleet, takeSnapshot, takeStreams, viewers } from "../src/live/store";

const AT = "2026-03-10T12:00:00Z";
const all = nodes("live");

function snapshot(...items: ReturnType<typeof stream>[]): void {
  takeSnapshot({ streams: { items, viewers: 7, at: AT }, fleet: { items: all, at: AT } }, Date.parse(AT) - 250);
}

test("a snapshot replaces whatever was known, changes add to it", () => {
  snapshot(stream("old", 9, 1));
  snapshot(stream("main", 5, 3), stream("side", 2, 4));
  assert.deepEqual([...streams.value.keys()], ["main", "side"]);
  assert.equal(ahead_ms.value, 250);
  takeStreams({ changed: [{ ...stream("side", 2, 9), state: "ended" }, stream("new", 1, 0)], gone: ["main"], viewers: 9, at: AT });
  assert.deepEqual([...streams.value.keys()], ["side", "new"]);
  assert.deepEqual(onAir.value.map(({ channel }) => channel), ["new"]);
  assert.equal(viewers.value, 9);
});

test("times are told by the server's clock, however wrong the browser's is", () => {
  here_ms.value = Date.parse(AT) - 300_000;
  takeSnapshot({ streams: { items: [], viewers: 0, at: AT }, fleet: null }, here_ms.value);
  assert.equal(now_ms.value, Date.parse(AT));
  here_ms.value += 1000;
  assert.equal(now_ms.value, Date.parse(AT) + 1000);
});

test("nodes come and go by name", () => {
  snapshot();
  const [first] = all;
  assert.ok(first);
  takeFleet({ changed: [{ ...first, health: "silent" }], gone: [all[1]?.node ?? ""], at: AT });
  assert.equal(fleet.value?.size, all.length - 1);
  assert.equal(fleet.value?.get(first.node)?.health, "silent");
});

test("after logging out nothing of it is left", () => {
  snapshot(stream("main", 5, 3));
  forgetLive();
  assert.equal(streams.value.size, 0);
  assert.equal(fleet.value, null);
  assert.equal(known.value, false);
});

test("a history is bounded and begins anew with the next broadcast", () => {
  const one = stream("main", 5, 3);
  for (let second = 0; second < SAMPLES_MAX + 10; second++) sample([one]);
  assert.equal(historyOf(one).video_bps.length, SAMPLES_MAX);
  const next = { ...one, since: AT };
  sample([next]);
  assert.equal(historyOf(next).viewers.length, 1);
  assert.equal(histories.value.size, 1);
  assert.deepEqual(historyOf(undefined).viewers, []);
});

test("a line ends at the right edge and never leaves its box", () => {
  const points = line([0, 5, 2, 5, 1], 5);
  assert.equal(points.at(-1)?.[0], 100);
  assert.equal(points[0]?.[0], 0);
  assert.ok(points.every(([x, y]) => x >= 0 && x <= 100 && y >= 0 && y <= 28));
  assert.deepEqual(line([], 5), []);
});
