// What a page shows of the server, kept while one wanders about: old values at once, new ones as they come.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { signal } from "@preact/signals";
import { type Problem, problemFrom } from "./problem";

const EVERYTHING = "";
const FAILED = "!"; // the name of no resource
const KEPT_MAX = 100; // answers; the oldest goes first

interface Kept {
  readonly data: unknown;
}

const kept = new Map<string, Kept>();
/** Grows with each `refresh`, so that whoever shows something of that kind asks again. */
export const asked = signal<{ readonly prefix: string; readonly count: number }>({ prefix: "", count: 0 });

export interface Resource<T> {
  /** The last answer; undefined before the first. */
  readonly data: T | undefined;
  /** Why the last question failed; what was known before stays in `data`. */
  readonly problem: Problem | null;
  readonly loading: boolean;
  readonly reload: () => void;
}

/** Ask under a name, such as `channels` or `channels/chn_1`; null asks nothing. */
export function useResource<T>(name: string | null, ask: (signal: AbortSignal) => Promise<T>): Resource<T> {
  const [, render] = useState(0);
  const [state, setState] = useState<{ name: string | null; problem: Problem | null; loading: boolean }>({ name, problem: null, loading: true });
  const question = useRef(ask);
  question.current = ask;
  const running = useRef<AbortController | null>(null);
  const failed = useRef(false);

  const reload = useCallback(() => {
    if (name === null) return;
    running.current?.abort();
    const mine = new AbortController();
    running.current = mine;
    setState((was) => ({ name, problem: was.name === name ? was.problem : null, loading: true }));
    question.current(mine.signal).then(
      (data) => {
        if (mine.signal.aborted) return;
        failed.current = false;
        keep(name, data);
        setState({ name, problem: null, loading: false });
      },
      (error: unknown) => {
        if (mine.signal.aborted) return;
        failed.current = true;
        setState({ name, problem: problemFrom(error), loading: false });
      },
    );
  }, [name]);

  useEffect(() => {
    reload();
    const leave = asked.subscribe(({ prefix, count }) => {
      if (count > 0 && name !== null && (prefix === FAILED ? failed.current : isOf(name, prefix))) reload();
    });
    return () => {
      leave();
      running.current?.abort();
    };
  }, [name, reload]);

  const data = name === null ? undefined : (kept.get(name)?.data as T | undefined);
  const current = state.name === name;
  return { data, problem: current ? state.problem : null, loading: current ? state.loading : true, reload: useCallback(() => { render((n) => n + 1); reload(); }, [reload]) };
}

function keep(name: string, data: unknown): void {
  kept.delete(name);
  kept.set(name, { data });
  const [oldest] = kept.keys();
  if (kept.size > KEPT_MAX && oldest !== undefined) kept.delete(oldest);
}

function isOf(name: string, prefix: string): boolean {
  return prefix === EVERYTHING || name === prefix || name.startsWith(`${prefix}/`) || name.startsWith(`${prefix}?`);
}

/** The server answers again: whoever shows that it did not asks again. */
export function retryFailed(): void {
  refresh(FAILED);
}

/** Something of this kind changed: whoever shows `prefix` or `prefix/…` or `prefix?…` asks again. */
export function refresh(...prefixes: readonly string[]): void {
  for (const prefix of prefixes) asked.value = { prefix, count: asked.peek().count + 1 };
}

/** Whoever shows anything asks again. */
export function refreshAll(): void {
  refresh(EVERYTHING);
}

/** Forget everything: somebody else logs in. */
export function forget(): void {
  kept.clear();
}

export interface Action<A extends readonly unknown[]> {
  readonly run: (...args: A) => Promise<boolean>;
  readonly busy: boolean;
  readonly problem: Problem | null;
  readonly clear: () => void;
}

/** Do something on the server, one at a time; `run` says whether it worked, `problem` why not. */
export function useAction<A extends readonly unknown[]>(act: (...args: A) => Promise<unknown>): Action<A> {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const doing = useRef(false);
  const latest = useRef(act);
  latest.current = act;
  const run = useCallback(async (...args: A): Promise<boolean> => {
    if (doing.current) return false;
    doing.current = true;
    setBusy(true);
    setProblem(null);
    try {
      await latest.current(...args);
      return true;
    } catch (error) {
      const found = problemFrom(error);
      setProblem(found);
      if (found.kind === "stale") refreshAll(); // what others changed meanwhile; then it can be done again
      return false;
    } finally {
      doing.current = false;
      setBusy(false);
    }
  }, []);
  return { run, busy, problem, clear: useCallback(() => setProblem(null), []) };
}
