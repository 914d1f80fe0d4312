import assert from "node:assert/strict";
import { test } from "node:test";
import { chatEntry, destination, destinations, live, places } from "../fixtures/make-simulcast";
import { chatOf, forgetChat, takeChat } from "../src/live/chat";
import { begun, draftOf, OWN, sentOf } from "../src/pages/stream/simulcast/draft";
import { secretOf, takes } from "../src/pages/stream/simulcast/places";
import { audiences, standing, verdictOf } from "../src/live/destinations";

const NOBODY = { items: [], troubles: [] };

test("only what viewers can see is green", () => {
  const good = (["off", "waiting", "connecting", "sending", "starting", "live", "not_live", "retrying", "failed"] as const).filter((verdict) => standing("twitch", verdict).tone === "good");
  assert.deepEqual(good, ["sending", "live"]);
  assert.equal(standing("kick", "live").words, "Live on Kick");
  assert.equal(standing("youtube", "not_live").words, "Sending, but not live on YouTube");
});

test("what is not on the air is ready or off", () => {
  assert.equal(verdictOf(undefined, true), "waiting");
  assert.equal(verdictOf(undefined, false), "off");
});

test("viewers are summed by platform, and only where somebody counts them", () => {
  const all = destinations("trouble").map((one) => live(one, false));
  assert.deepEqual(audiences([...all, live(destination("twitch", { id: "dst_2" }), false)]), [
    { platform: "twitch", viewers: 624 },
    { platform: "youtube", viewers: 96 },
    { platform: "kick", viewers: 41 },
  ]);
});

test("an encode of its own is sent in bits, and nothing of it when a rendition is chosen", () => {
  const draft = { ...begun("custom"), name: " Partner ", quality: OWN, height: "480", kbps: "1200" };
  assert.deepEqual(sentOf(draft), { name: "Partner", rendition: "", encode: { height: 480, frame_rate: 0, video_bps: 1_200_000, audio_bps: 160_000, keyframe_ms: 2000 } });
  assert.deepEqual(sentOf({ ...draft, quality: "720p" }).encode, null);
});

test("editing keeps what the form does not show", () => {
  const encode = { height: 720, frame_rate: 30, video_bps: 3_000_000, audio_bps: 96_000, keyframe_ms: 1000 };
  assert.deepEqual(sentOf(draftOf(destination("custom", { encode })), encode).encode, encode);
});

test("the secret is called what the server calls it", () => {
  assert.equal(secretOf("srt://x:9000").key, "Passphrase");
  assert.equal(secretOf("https://x/whip").key, "Bearer token");
  assert.equal(secretOf("rtmps://x/app").key, "Stream key");
});

test("what a platform takes is said in one sentence, as the API knows it", () => {
  assert.deepEqual(places.map(takes), [
    "Twitch takes H.264, at most 1920 pixels wide, 60 fps and 8.0 Mbit/s.",
    "YouTube takes H.264, HEVC and AV1, at most 3840 pixels wide, 60 fps and 51.0 Mbit/s.",
    "Kick takes H.264, at most 1920 pixels wide, 60 fps and 8.0 Mbit/s.",
    "Nothing is known of its limits: it gets what you choose.",
  ]);
});

test("lines of chat come in the order they were said, each once, and moderators take them away", () => {
  const lines = [1, 2, 3].map((number) => chatEntry(number, 1000 * number));
  takeChat({ channel: "main", entries: lines.slice(1), removed: [2], troubles: [] });
  const shown = chatOf("main", { items: lines.slice(0, 2), troubles: [{ platform: "kick", text: "gone since" }] });
  assert.deepEqual(shown.items.map(({ number, removed }) => [number, removed]), [[1, false], [2, true], [3, false]]);
  assert.deepEqual(shown.troubles, []);
  assert.deepEqual(chatOf("side", NOBODY), NOBODY);
  forgetChat();
  assert.deepEqual(chatOf("main", NOBODY), NOBODY);
});
