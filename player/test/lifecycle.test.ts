import assert from "node:assert/strict";
import { test } from "node:test";
import { step, type Standing } from "../src/lifecycle";

const now = (change: Partial<Standing>): Standing => ({
  state: "live",
  player: true,
  paused: false,
  still_ms: 0,
  broken: false,
  built_ms: 60_000,
  fruitless: 0,
  ...change,
});

test("a live stream gets a player, nothing else does", () => {
  assert.equal(step(now({ player: false })), "start");
  for (const state of [null, "offline", "starting", "reconnecting", "ended"] as const)
    assert.equal(step(now({ player: false, state })), "keep");
});

test("a picture that moves is left alone", () => {
  for (const state of [null, "offline", "live", "reconnecting", "ended"] as const) assert.equal(step(now({ state })), "keep");
});

test("a standstill of a live stream is repaired, an outage of its source waited out", () => {
  assert.equal(step(now({ still_ms: 20_000 })), "rebuild");
  assert.equal(step(now({ still_ms: 20_000, state: "reconnecting" })), "keep");
  assert.equal(step(now({ still_ms: 20_000, paused: true })), "keep");
});

test("repairs come more and more seldom", () => {
  const broken = (fruitless: number, built_ms: number) => step(now({ broken: true, fruitless, built_ms }));
  assert.equal(broken(0, 600), "rebuild");
  assert.equal(broken(3, 600), "keep");
  assert.equal(broken(3, 4100), "rebuild");
  assert.equal(broken(50, 15_100), "rebuild");
});

test("an ended stream's player is put away once its buffer is played", () => {
  assert.equal(step(now({ state: "ended", still_ms: 100 })), "keep");
  assert.equal(step(now({ state: "ended", still_ms: 5000 })), "stop");
  assert.equal(step(now({ state: "ended", still_ms: 5000, player: false })), "keep");
});
