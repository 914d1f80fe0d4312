// The list of live streams, each with a fresh picture.
import { element } from "./dom";
import { json } from "./server";

interface Entry {
  readonly stream: string;
  readonly state: string;
  readonly since_ms: number;
  readonly width: number;
  readonly height: number;
}

interface Listing {
  readonly streams: readonly Entry[];
  readonly rtmp_port: number;
}

const LIST_MS = 3000;
const PICTURE_MS = 8000;

const list = element("streams", HTMLUListElement);
const empty = element("empty", HTMLElement);
const notice = element("notice", HTMLElement);
const cards = new Map<string, HTMLLIElement>();

const server = element("server", HTMLElement);

async function refresh(): Promise<void> {
  try {
    const { streams, rtmp_port } = await json<Listing>("/live/index.json");
    notice.hidden = true;
    server.textContent = `rtmp://${location.hostname}:${rtmp_port}/live`;
    show(streams);
  } catch {
    notice.textContent = "The server does not answer. Trying again by itself.";
    notice.hidden = false;
  }
  setTimeout(() => void refresh(), LIST_MS);
}

function show(streams: readonly Entry[]): void {
  const names = new Set(streams.map((entry) => entry.stream));
  for (const [name, item] of cards) {
    if (names.has(name)) continue;
    item.remove();
    cards.delete(name);
  }
  for (const entry of streams) {
    let item = cards.get(entry.stream);
    if (item === undefined) {
      item = card(entry);
      cards.set(entry.stream, item);
      list.append(item);
    }
    const state = item.querySelector(".state");
    if (state !== null) state.textContent = entry.state === "live" ? "LIVE" : "Reconnecting";
    item.dataset["state"] = entry.state;
  }
  empty.hidden = streams.length > 0;
}

function card({ stream, width, height }: Entry): HTMLLIElement {
  const picture = document.createElement("img");
  picture.alt = "";
  picture.addEventListener("load", () => picture.classList.add("loaded"));
  const frame = part("span", "frame", "");
  frame.append(picture, part("span", "state", ""));
  const link = document.createElement("a");
  link.href = `/watch/${stream}`;
  link.append(frame, part("span", "stream", stream), part("span", "size", `${width}×${height}`));
  const item = document.createElement("li");
  item.append(link);
  const renew = (): void => {
    if (!document.hidden) picture.src = `/live/${stream}/snapshot.jpg?${Math.floor(Date.now() / PICTURE_MS)}`;
    if (cards.get(stream) === item) setTimeout(renew, PICTURE_MS);
  };
  queueMicrotask(renew);
  return item;
}

function part(tag: string, name: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
}

void refresh();
