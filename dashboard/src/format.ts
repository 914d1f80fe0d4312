// Numbers and times as people read them.

const MINUTE_MS = 60_000;
const CLOCKS_APART_MS = 3000; // what this moment may be in another clock's future
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** 3 200 000 -> `3.2 Mbit/s` */
export function bitrate(bps: number): string {
  const { number, unit } = bitrateParts(bps);
  return `${number} ${unit}`;
}

export function bitrateParts(bps: number): { readonly number: string; readonly unit: string } {
  if (bps >= 999_500) return { number: (bps / 1e6).toFixed(bps >= 99.5e6 ? 0 : 1), unit: "Mbit/s" };
  return { number: String(Math.round(bps / 1000)), unit: "kbit/s" };
}

/** 1 536 000 000 -> `1.54 GB` */
export function bytes(size: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const step = size < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(size) / 3));
  const value = size / 1000 ** step;
  return `${step === 0 ? value : value.toPrecision(3)} ${units[step] ?? ""}`;
}

/** 12 345 -> `12.3k` */
export function count(number: number): string {
  return new Intl.NumberFormat("en", { notation: number < 10_000 ? "standard" : "compact", maximumFractionDigits: 1 }).format(number);
}

/** `1:02:03`, as on a clock. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (number: number): string => String(number).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** `3 h 12 min`, in the two largest units. */
export function span(ms: number): string {
  if (ms < MINUTE_MS) return `${Math.max(0, Math.round(ms / 1000))} s`;
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`;
  if (ms < DAY_MS) return pair(ms, HOUR_MS, "h", MINUTE_MS, "min");
  return pair(ms, DAY_MS, "d", HOUR_MS, "h");
}

function pair(ms: number, large: number, name: string, small: number, smaller: string): string {
  const rest = Math.floor((ms % large) / small);
  return `${Math.floor(ms / large)} ${name}${rest > 0 ? ` ${rest} ${smaller}` : ""}`;
}

/** `just now`, `5 min ago`, `in 2 h`, `yesterday, 18:04`, `3 Jan, 18:04`. */
export function ago(then_ms: number, now_ms: number): string {
  const past = now_ms - then_ms;
  if (past < -CLOCKS_APART_MS) return -past < MINUTE_MS ? "in a moment" : `in ${span(-past)}`;
  if (past < 45_000) return "just now";
  if (past < 12 * HOUR_MS) return `${span(past < HOUR_MS ? past : Math.floor(past / HOUR_MS) * HOUR_MS)} ago`;
  return moment(then_ms, now_ms);
}

/** A date as short as it can be told from others. */
export function moment(then_ms: number, now_ms: number): string {
  const then = new Date(then_ms);
  const time = then.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  const days = Math.round((midnight(now_ms) - midnight(then_ms)) / DAY_MS);
  if (days === 0) return `today, ${time}`;
  if (days === 1) return `yesterday, ${time}`;
  const sameYear = then.getFullYear() === new Date(now_ms).getFullYear();
  return `${then.toLocaleDateString("en-GB", { day: "numeric", month: "short", ...(sameYear ? {} : { year: "numeric" }) })}, ${time}`;
}

function midnight(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}

/** `1 viewer`, `2 viewers` */
export function plural(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** `a, b and c` */
export function list(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}`;
}
