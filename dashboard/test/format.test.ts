import assert from "node:assert/strict";
import { test } from "node:test";
import { ago, bitrate, bytes, clock, count, list, plural, span } from "../src/format";

test("numbers keep three digits that matter and their unit", () => {
  assert.equal(bitrate(5_850_001), "5.9 Mbit/s");
  assert.equal(bitrate(999_600), "1.0 Mbit/s");
  assert.equal(bitrate(640_400), "640 kbit/s");
  assert.equal(bytes(999), "999 B");
  assert.equal(bytes(1_536_000_000), "1.54 GB");
  assert.equal(count(1284), "1,284");
  assert.equal(count(12_345), "12.3K");
});

test("times read as on a clock, or in the two largest units", () => {
  assert.equal(clock(3_723_000), "1:02:03");
  assert.equal(clock(63_999), "1:03");
  assert.equal(clock(-5), "0:00");
  assert.equal(span(30_000), "30 s");
  assert.equal(span(3 * 3_600_000 + 12 * 60_000), "3 h 12 min");
  assert.equal(span(50 * 3_600_000), "2 d 2 h");
});

test("what was long ago has a date, what was lately a span", () => {
  const now = new Date("2026-03-10T12:00:00").getTime();
  assert.equal(ago(now - 10_000, now), "just now");
  assert.equal(ago(now - 5 * 60_000, now), "5 min ago");
  assert.equal(ago(now - 2.5 * 3_600_000, now), "2 h ago");
  assert.equal(ago(now - 20 * 3_600_000, now), "yesterday, 16:00");
  assert.equal(ago(now + 2 * 3_600_000, now), "in 2 h");
});

test("words join as in a sentence", () => {
  assert.equal(plural(1, "viewer"), "1 viewer");
  assert.equal(plural(2, "person", "people"), "2 people");
  assert.equal(list(["a", "b", "c"]), "a, b and c");
});
