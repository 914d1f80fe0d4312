// Lists that go on: as many pieces as somebody asked for, asked again as a whole when something in them changes.
import { useRef, useState } from "preact/hooks";
import { type Resource, useResource } from "./resource";

const PIECE = 200; // the most that the server gives at once

export interface Piece<T> {
  readonly items: readonly T[];
  readonly next?: string | null;
}

export interface Paged<T> extends Resource<readonly T[]> {
  /** Null at the end. */
  readonly more: (() => void) | null;
}

/** `name` as for `useResource`; `ask` reads the piece that begins at a cursor. */
export function usePaged<T>(name: string, ask: (cursor: string | undefined, signal: AbortSignal) => Promise<Piece<T>>): Paged<T> {
  const [depth, setDepth] = useState({ name, pieces: 1 });
  const pieces = depth.name === name ? depth.pieces : 1;
  const resource = useResource<Piece<T>>(`${name}${name.includes("?") ? "&" : "?"}pieces=${pieces}`, (signal) => read(ask, pieces, signal));
  const before = useRef<{ name: string; data: Piece<T> } | null>(null);
  if (resource.data !== undefined) before.current = { name, data: resource.data };
  const data = resource.data ?? (before.current?.name === name ? before.current.data : undefined); // shorter until the rest is there
  const more = data?.next ? () => setDepth({ name, pieces: pieces + 1 }) : null;
  return { ...resource, data: data?.items, more };
}

/** The whole of a list that is shown without a button for more. */
export async function readAll<T>(ask: (query: { readonly limit: number; readonly cursor?: string }) => Promise<Piece<T>>): Promise<readonly T[]> {
  const items: T[] = [];
  let next: string | null | undefined;
  do {
    const found = await ask({ limit: PIECE, ...(next ? { cursor: next } : {}) });
    items.push(...found.items);
    next = found.next;
  } while (next);
  return items;
}

async function read<T>(ask: (cursor: string | undefined, signal: AbortSignal) => Promise<Piece<T>>, pieces: number, signal: AbortSignal): Promise<Piece<T>> {
  const items: T[] = [];
  let next: string | null | undefined;
  for (let piece = 0; piece < pieces && (piece === 0 || next); piece++) {
    const found = await ask(next ?? undefined, signal);
    items.push(...found.items);
    next = found.next;
  }
  return { items, next: next ?? null };
}
