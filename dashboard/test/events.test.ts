import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { asked } from "../src/api/resource";
import { follow, HIDDEN_MS } from "../src/live/events";
import { connection, forgetLive } from "../src/live/store";

const SNAPSHOT = JSON.stringify({ streams: { items: [], viewers: 0, at: "2026-03-10T12:00:00Z" }, fleet: null });

class Source extends EventTarget {
  static open: Source[] = [];
  constructor(readonly url: string) {
    super();
    Source.open.push(this);
  }
  close(): void {
    Source.open = Source.open.filter((one) => one !== this);
  }
  begin(): void {
    this.dispatchEvent(new MessageEvent("snapshot", { data: SNAPSHOT }));
  }
}

const page = Object.assign(new EventTarget(), { hidden: false });

function show(visible: boolean): void {
  page.hidden = !visible;
  page.dispatchEvent(new Event("visibilitychange"));
}

let questions = 0;

function nobody(): Promise<Response> {
  questions++;
  return Promise.reject(new TypeError("nobody answers"));
}

let leave = (): void => undefined;
let refreshed: string[] = [];
let unhook = (): void => undefined;

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  Object.assign(globalThis, { EventSource: Source, document: page, window: new EventTarget(), fetch: nobody });
  Source.open = [];
  page.hidden = false;
  refreshed = [];
  questions = 0;
  const before = asked.peek();
  unhook = asked.subscribe((one) => void (one !== before && refreshed.push(one.prefix)));
  leave = follow();
});

afterEach(() => {
  leave();
  unhook();
  forgetLive();
  mock.timers.reset();
});

test("a tab that nobody looks at leaves its connection to others, and catches up when somebody does", () => {
  Source.open[0]?.begin();
  show(false);
  mock.timers.tick(HIDDEN_MS - 1);
  assert.equal(Source.open.length, 1);
  mock.timers.tick(1);
  assert.equal(Source.open.length, 0);
  window.dispatchEvent(new Event("offline"));
  mock.timers.tick(60_000);
  assert.equal(Source.open.length, 0, "nothing brings it back while it is hidden");
  show(true);
  assert.equal(Source.open.length, 1);
  assert.equal(refreshed.length, 0);
  Source.open[0]?.begin();
  assert.ok(["channels", "keys", "broadcasts", "deliveries", "rules"].every((one) => refreshed.includes(one)));
});

test("a short look elsewhere changes nothing", () => {
  show(false);
  mock.timers.tick(HIDDEN_MS - 1);
  show(true);
  mock.timers.tick(HIDDEN_MS);
  assert.equal(Source.open.length, 1);
});

test("after a broken line everything shown is asked for again, once", () => {
  Source.open[0]?.begin();
  assert.equal(refreshed.length, 0);
  Source.open[0]?.dispatchEvent(new Event("error"));
  assert.equal(connection.value, "lost");
  mock.timers.tick(1000);
  Source.open[0]?.begin();
  assert.equal(connection.value, "open");
  assert.equal(refreshed.length, new Set(refreshed).size);
  assert.ok(refreshed.includes("members") && refreshed.includes("targets"));
});

test("a session that ended while the server was away is found out", () => {
  for (let attempt = 1; attempt <= 3; attempt++) {
    Source.open[0]?.dispatchEvent(new Event("error"));
    assert.equal(questions, attempt);
    mock.timers.tick(10_000);
  }
});
