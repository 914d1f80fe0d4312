import assert from "node:assert/strict";
import { test } from "node:test";
import { caption, label, playable, type Rendition, type Situation, type Status, type StreamState } from "../src/status";

const status = (state: StreamState): Status => ({ stream: "demo", state, since_ms: 0, part_ms: 334, renditions: [] });
const now = (change: Partial<Situation>): Situation => ({
  status: status("live"),
  unanswered: 0,
  moving: false,
  seen: false,
  failure: null,
  ...change,
});
const rendition = (name: string, height: number, codecs = "avc1.64001f,mp4a.40.2"): Rendition => ({
  name,
  width: (height * 16) / 9,
  height,
  frame_rate: 30,
  bandwidth_bps: height * 3000,
  codecs,
});

test("every state without a moving picture has words", () => {
  for (const state of ["offline", "starting", "live", "reconnecting", "ended"] as const)
    for (const seen of [true, false]) assert.notEqual(caption("demo", now({ status: status(state), seen })).title, "");
});

test("a moving picture needs no words", () => {
  for (const state of ["live", "offline"] as const)
    assert.equal(caption("demo", now({ status: status(state), moving: true, seen: true })).title, "");
});

test("a repeated picture is no moving one", () => {
  const dropped = caption("demo", now({ status: status("reconnecting"), moving: true, seen: true }));
  assert.deepEqual([dropped.state, dropped.calm], ["reconnecting", true]);
});

test("an interruption leaves the last frame on screen", () => {
  const dropped = caption("demo", now({ status: status("reconnecting"), seen: true }));
  assert.deepEqual([dropped.state, dropped.calm], ["reconnecting", true]);
  assert.equal(caption("demo", now({ unanswered: 3, seen: true })).calm, true);
});

test("a page whose server never answered says so", () => {
  const silent = caption("demo", now({ status: null, unanswered: 3 }));
  assert.equal(silent.state, "error");
});

test("a browser that cannot play is told why", () => {
  const { state, text } = caption("demo", now({ failure: "No HEVC here." }));
  assert.deepEqual([state, text], ["error", "No HEVC here."]);
});

test("qualities are named by what a viewer sees", () => {
  assert.equal(label({ ...rendition("720p", 720), frame_rate: 29.97, bandwidth_bps: 2_500_000 }), "1280×720 · 29.97 fps · 2.5 Mbit/s");
  assert.equal(label({ ...rendition("360p", 360), bandwidth_bps: 600_000, frame_rate: 0 }), "640×360 · 600 kbit/s");
});

test("what cannot be decoded is not offered, and the source comes first", () => {
  const all = [rendition("360p", 360), rendition("source", 720, "hvc1.1"), rendition("1080p", 1080)];
  assert.deepEqual(playable(all, (codecs) => codecs.startsWith("avc1")).map(({ name }) => name), ["1080p", "360p"]);
  assert.deepEqual(playable(all, () => true).map(({ name }) => name), ["source", "1080p", "360p"]);
});
