import assert from "node:assert/strict";
import { test } from "node:test";
import { BoxReader, decodeTime, joined } from "../src/boxes";

type Bytes = Uint8Array<ArrayBuffer>;

function box(type: string, ...content: Bytes[]): Bytes {
  const head = new Uint8Array(8);
  new DataView(head.buffer).setUint32(0, 8 + content.reduce((sum, piece) => sum + piece.length, 0));
  head.set([...type].map((letter) => letter.charCodeAt(0)), 4);
  return joined([head, ...content]);
}

function words(...values: number[]): Bytes {
  const bytes = new Uint8Array(values.length * 4);
  values.forEach((value, index) => new DataView(bytes.buffer).setUint32(index * 4, value));
  return bytes;
}

const TIME = 1_790_000_000_123;
const moof = box(
  "moof",
  box("mfhd", words(0, 1)),
  box("traf", box("tfhd", words(0x020000, 2)), box("tfdt", words(0x01000000, 0, 48))),
  box("traf", box("tfhd", words(0x020000, 1)), box("tfdt", words(0x01000000, Math.floor(TIME / 2 ** 32), TIME % 2 ** 32))),
);

test("boxes come out whole however the bytes are cut", () => {
  const stream = joined([box("ftyp", words(1, 2)), moof, box("mdat", new Uint8Array(1000))]);
  for (const cut of [1, 7, 8, 9, 100, stream.length]) {
    const reader = new BoxReader();
    const found: string[] = [];
    for (let at = 0; at < stream.length; at += cut)
      for (const { type, bytes } of reader.feed(stream.slice(at, at + cut))) found.push(`${type} ${bytes.length}`);
    assert.deepEqual(found, ["ftyp 16", `moof ${moof.length}`, "mdat 1008"]);
  }
});

test("a size that cannot be true is refused", () => {
  assert.throws(() => new BoxReader().feed(joined([words(3), words(0)])), RangeError);
  assert.throws(() => new BoxReader().feed(joined([words(0x7fffffff), words(0)])), RangeError);
});

test("the decode time of a track is read in full, beyond 32 bits", () => {
  assert.equal(decodeTime(moof, 1), TIME);
  assert.equal(decodeTime(moof, 2), 48);
  assert.equal(decodeTime(moof, 3), null);
});
