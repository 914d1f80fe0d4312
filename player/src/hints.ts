// Asks for the part that a playlist announces before hls.js does, which never follows EXT-X-PRELOAD-HINT: one round trip less per part.
import Hls from "hls.js/light";
import type { FragmentLoaderContext, HlsConfig, Loader, LoaderCallbacks, LoaderConfiguration } from "hls.js/light";

interface Arrival {
  readonly data: ArrayBuffer;
  readonly first_ms: number;
  readonly end_ms: number;
}

/** The announced part, and the one before it until hls.js has taken it. */
const HELD_MAX = 2;
/** A part that takes longer than this will be asked for in the usual way. */
const PATIENCE_MS = 8000;

export class PartHints {
  private held = new Map<string, { arrival: Promise<Arrival>; abort: AbortController }>();

  announce(url: string): void {
    if (this.held.has(url)) return;
    const abort = new AbortController();
    const arrival = download(url, AbortSignal.any([abort.signal, AbortSignal.timeout(PATIENCE_MS)]));
    arrival.catch(() => undefined); // a hint nobody takes may fail unseen; a taken one is asked for again
    this.held.set(url, { arrival, abort });
    for (const old of [...this.held.keys()].slice(0, -HELD_MAX)) this.drop(old);
  }

  take(url: string): Promise<Arrival> | null {
    const found = this.held.get(url)?.arrival ?? null;
    this.held.delete(url);
    return found;
  }

  clear(): void {
    for (const url of this.held.keys()) this.drop(url);
  }

  private drop(url: string): void {
    this.held.get(url)?.abort.abort();
    this.held.delete(url);
  }
}

async function download(url: string, signal: AbortSignal): Promise<Arrival> {
  const response = await fetch(url, { signal });
  const first_ms = performance.now();
  if (!response.ok) throw new Error(`status ${response.status}`);
  const data = await response.arrayBuffer();
  return { data, first_ms, end_ms: performance.now() };
}

type FragmentLoader = new (config: HlsConfig) => Loader<FragmentLoaderContext>;

/** hls.js's own loader, except that it first looks for what a hint has already brought. */
export function hintedLoader(hints: PartHints): FragmentLoader {
  const Usual = Hls.DefaultConfig.loader as unknown as FragmentLoader;
  return class extends Usual {
    private gone = false;

    override load(
      context: FragmentLoaderContext,
      config: LoaderConfiguration,
      callbacks: LoaderCallbacks<FragmentLoaderContext>,
    ): void {
      const arrival = hints.take(context.url);
      if (arrival === null) {
        super.load(context, config, callbacks);
        return;
      }
      const start_ms = performance.now();
      this.context = context;
      arrival.then(
        (part) => this.deliver(part, start_ms, context, callbacks),
        () => this.gone || super.load(context, config, callbacks),
      );
    }

    override abort(): void {
      this.gone = true;
      super.abort();
    }

    override destroy(): void {
      this.gone = true;
      super.destroy();
    }

    private deliver(
      part: Arrival,
      start_ms: number,
      context: FragmentLoaderContext,
      callbacks: LoaderCallbacks<FragmentLoaderContext>,
    ): void {
      if (this.gone) return;
      const { stats } = this;
      // The wait for the part to exist is no download time: bandwidth counts from its first byte.
      stats.loading.start = Math.min(start_ms, part.first_ms);
      stats.loading.first = part.first_ms;
      stats.loading.end = Math.max(part.first_ms, part.end_ms);
      stats.loaded = stats.total = part.data.byteLength;
      callbacks.onSuccess({ url: context.url, data: part.data, code: 200 }, stats, context, null);
    }
  };
}
