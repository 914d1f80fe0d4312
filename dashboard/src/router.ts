// Where we are is what the address bar says: path, query and fragment, as signals.
import { computed, signal } from "@preact/signals";

export interface Place {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly fragment: string;
}

export type Parameters = Readonly<Record<string, string>>;

const read = (): Place => ({
  path: globalThis.location?.pathname ?? "/",
  query: new URLSearchParams(globalThis.location?.search ?? ""),
  fragment: (globalThis.location?.hash ?? "").slice(1),
});

export const place = signal<Place>(read());
export const path = computed(() => place.value.path);

export interface Navigation {
  /** Leave no entry in the history. */
  readonly replace?: boolean;
  /** Stay where the reader is on the page: for a filter, not for another page. */
  readonly keepScroll?: boolean;
}

export function navigate(to: string, { replace = false, keepScroll = false }: Navigation = {}): void {
  if (replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  place.value = read();
  if (!keepScroll) window.scrollTo(0, 0);
}

/** One parameter of the query; setting it to null, or to what `otherwise` says, removes it. */
export function setQuery(name: string, value: string | null, otherwise = ""): void {
  const query = new URLSearchParams(place.peek().query);
  if (value === null || value === otherwise) query.delete(name);
  else query.set(name, value);
  const text = query.toString();
  navigate(place.peek().path + (text === "" ? "" : `?${text}`), { replace: true, keepScroll: true });
}

/** What `:names` in a pattern stand for, or null when the path is another one. */
export function match(pattern: string, at: string): Parameters | null {
  const wanted = pieces(pattern);
  const given = pieces(at);
  if (wanted.length !== given.length) return null;
  const found: Record<string, string> = {};
  for (const [index, want] of wanted.entries()) {
    const piece = given[index] ?? "";
    if (want.startsWith(":")) found[want.slice(1)] = decoded(piece);
    else if (want !== piece) return null;
  }
  return found;
}

function pieces(text: string): string[] {
  return text.split("/").filter((piece) => piece !== "");
}

function decoded(piece: string): string {
  try {
    return decodeURIComponent(piece);
  } catch {
    return piece; // a stray % in an address somebody typed
  }
}

/** Plain `<a href>` everywhere: clicks on our own addresses stay in this page. */
export function followLinks(): void {
  window.addEventListener("popstate", () => (place.value = read()));
  window.addEventListener("hashchange", () => (place.value = read()));
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (link === null || !ours(link, event)) return;
    event.preventDefault();
    navigate(link.pathname + link.search + link.hash);
  });
}

function ours(link: HTMLAnchorElement, event: MouseEvent): boolean {
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  const stays = link.target === "" && !link.hasAttribute("download") && link.origin === location.origin;
  return plain && stays && !event.defaultPrevented && !link.pathname.startsWith("/api/");
}
