import assert from "node:assert/strict";
import { test } from "node:test";
import { nodes, stream, streams } from "../fixtures/make";
import { destinations, live } from "../fixtures/make-simulcast";
import { verdict } from "../src/pages/home/verdict";

const title = (channel: string): string => channel;

test("all is well when nothing says otherwise", () => {
  const { tone, headline, text } = verdict([stream("main", 5, 1), stream("side", 5, 1)], nodes("live"), title);
  assert.equal(tone, "good");
  assert.equal(headline, "main and side are live");
  assert.equal(text, "2 people watching, everything is well.");
});

test("whatever is wrong is named, the worst first, with what to do", () => {
  const found = verdict(streams("trouble"), nodes("trouble"), title);
  assert.equal(found.tone, "bad");
  assert.equal(found.headline, "3 channels are live");
  assert.deepEqual(found.troubles.map(({ about, tone }) => [about, tone]), [
    ["backstage", "bad"],
    ["edge@frankfurt:8000", "bad"],
    ["workshop", "unsteady"],
    ["origin@studio", "unsteady"],
  ]);
  assert.match(found.troubles[2]?.text ?? "", /lower the bitrate/);
});

test("a stream whose origin is silent is never called well", () => {
  const { tone } = verdict([{ ...stream("main", 5, 1), stale: true }], [], title);
  assert.equal(tone, "bad");
});

test("a destination that is green but not live is named", () => {
  const sent = destinations("trouble").map((one) => live(one, true));
  const { tone, troubles } = verdict([{ ...stream("main", 5, 1), destinations: sent }], [], title);
  assert.equal(tone, "bad");
  assert.equal(troubles.length, 3);
  assert.match(troubles[0]?.text ?? "", /^YouTube gets the stream but does not show it/);
});

test("an idle network is well too", () => {
  const { headline, text } = verdict([], nodes("live"), title);
  assert.equal(`${headline}. ${text}`, "Nobody is live. Everything is well.");
});
