import assert from "node:assert/strict";
import { test } from "node:test";
import { readAll } from "../src/api/paged";

test("a list is read to its end, however long it is", async () => {
  const asked: (string | undefined)[] = [];
  const pieces = [["a", "b"], ["c"], []];
  const found = await readAll<string>(({ cursor }) => {
    asked.push(cursor);
    const at = asked.length - 1;
    return Promise.resolve({ items: pieces[at] ?? [], next: at < 2 ? `${at + 1}` : null });
  });
  assert.deepEqual(found, ["a", "b", "c"]);
  assert.deepEqual(asked, [undefined, "1", "2"]);
});
