// Reading of buffered ranges, as pairs of seconds.

export type Range = readonly [start: number, end: number];

/** A seam narrower than this is no gap: decoders play across it. */
const SEAM_S = 0.1;

export function ranges(buffered: TimeRanges): Range[] {
  return Array.from({ length: buffered.length }, (_, i) => [buffered.start(i), buffered.end(i)] as const);
}

/** Seconds that can be played from `at` without a gap. */
export function ahead(of: readonly Range[], at: number): number {
  let end = at;
  for (const [from, to] of of) if (from <= end + SEAM_S && to > end) end = to;
  return end - at;
}

/** Where to continue when the playhead stands before a gap; null when there is nothing behind it. */
export function acrossGap(of: readonly Range[], at: number): number | null {
  const end = at + ahead(of, at);
  return of.find(([from]) => from > end)?.[0] ?? null;
}
