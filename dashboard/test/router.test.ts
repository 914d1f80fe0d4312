import assert from "node:assert/strict";
import { test } from "node:test";
import { address } from "../src/api/client";
import { match } from "../src/router";

test("a pattern matches its own paths only, and decodes what stands for its names", () => {
  assert.deepEqual(match("/streams/:channel", "/streams/main/"), { channel: "main" });
  assert.deepEqual(match("/streams/:channel", "/streams/a%2Fb"), { channel: "a/b" });
  assert.deepEqual(match("/streams/:channel", "/streams/100%"), { channel: "100%" });
  assert.equal(match("/streams/:channel", "/streams"), null);
  assert.equal(match("/streams/:channel", "/people/main"), null);
  assert.deepEqual(match("/", "/"), {});
});

test("an address of the API encodes what it is given and leaves out what is not there", () => {
  assert.equal(address("/channels/{channel}/keys", { channel: "a/b" }), "/api/v1/channels/a%2Fb/keys");
  assert.equal(address("/broadcasts", {}, { limit: 5, cursor: undefined, channel: "" }), "/api/v1/broadcasts?limit=5");
});
