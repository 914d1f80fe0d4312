// Asks the API. Paths, queries, bodies and replies are checked against openapi.json by the types made from it.
import type { paths } from "../__generated__/api";
import { type Problem, problemFrom, problemOf } from "./problem";

export const ROOT = "/api/v1";
const ANSWER_MS = 15_000; // longer than the server's own patience with its database

type Method = "get" | "post" | "put" | "patch" | "delete";
type Api = { [P in keyof paths as P extends `${typeof ROOT}${infer Tail}` ? Tail : never]: paths[P] };
type With<M extends Method> = { [P in keyof Api]: Api[P] extends Record<M, object> ? P : never }[keyof Api];
type Operation<P extends keyof Api, M extends Method> = Api[P] extends Record<M, infer O> ? O : never;
type Good = 200 | 201 | 202;
type Json<R> = R extends { content: { "application/json": infer T } } ? T : never;
type Replies<O> = O extends { responses: infer R } ? { [S in keyof R]: S extends Good ? Json<R[S]> : never }[keyof R] : never;
/** What an operation answers, for declaring a variable: `Reply<"/channels", "get">`. */
export type Reply<P extends keyof Api, M extends Method> = [Replies<Operation<P, M>>] extends [never] ? void : Replies<Operation<P, M>>;
type Part<O, K extends string> = O extends { parameters: { [X in K]?: infer T } } ? Exclude<T, undefined> : never;
type Body<O> = O extends { requestBody?: infer B } ? Exclude<B, undefined> : never;
type Sent<O> = [Body<O>] extends [never] ? never : Body<O> extends { content: { "application/json": infer T } } ? T : never;
type Needed<K extends string, T> = [T] extends [never] ? unknown : { [X in K]: T };
type Wanted<K extends string, T> = [T] extends [never] ? unknown : { [X in K]?: T };

export interface Conditions {
  /** The version the change is based on: the reply is 412 when somebody else was faster. */
  readonly version?: number | undefined;
  /** The same text sent twice creates one thing. */
  readonly once?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type Options<P extends keyof Api, M extends Method> = Conditions &
  Needed<"path", Part<Operation<P, M>, "path">> &
  Wanted<"query", Part<Operation<P, M>, "query">> &
  Needed<"body", Sent<Operation<P, M>>>;

interface Loose extends Conditions {
  readonly path?: object;
  readonly query?: object;
  readonly body?: unknown;
}

type Rest<P extends keyof Api, M extends Method> = unknown extends Options<P, M> & { path: unknown }
  ? [Options<P, M>?]
  : object extends Options<P, M>
    ? [Options<P, M>?]
    : [Options<P, M>];

/** The token that unsafe requests carry; the session brings it. */
let csrf = "";
export function useToken(token: string): void {
  csrf = token;
}

let onUnauthenticated = (): void => undefined;
export function whenUnauthenticated(act: () => void): void {
  onUnauthenticated = act;
}

export const api = {
  get: <P extends With<"get">>(path: P, ...[options]: Rest<P, "get">): Promise<Reply<P, "get">> => call("GET", path, options),
  post: <P extends With<"post">>(path: P, ...[options]: Rest<P, "post">): Promise<Reply<P, "post">> => call("POST", path, options),
  put: <P extends With<"put">>(path: P, ...[options]: Rest<P, "put">): Promise<Reply<P, "put">> => call("PUT", path, options),
  patch: <P extends With<"patch">>(path: P, ...[options]: Rest<P, "patch">): Promise<Reply<P, "patch">> => call("PATCH", path, options),
  delete: <P extends With<"delete">>(path: P, ...[options]: Rest<P, "delete">): Promise<Reply<P, "delete">> => call("DELETE", path, options),
};

/** The same without types made from openapi.json: for an operation that is not in it yet. Raises Problem. */
export async function call<T>(method: string, path: string, options: Loose = {}): Promise<T> {
  const response = await fetch(address(path, options.path, options.query), {
    method,
    credentials: "same-origin",
    headers: headers(method, options),
    signal: AbortSignal.any([AbortSignal.timeout(ANSWER_MS), ...(options.signal === undefined ? [] : [options.signal])]),
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  }).catch((error: unknown) => {
    throw problemFrom(error);
  });
  if (!response.ok) throw await refused(response);
  if (response.status === 204 || response.headers.get("content-length") === "0") return undefined as T;
  return (await response.json()) as T;
}

async function refused(response: Response): Promise<Problem> {
  const problem = await problemOf(response);
  if (response.status === 401 && problem.kind === "unauthenticated") onUnauthenticated();
  return problem;
}

function headers(method: string, options: Loose): Headers {
  const made = new Headers({ accept: "application/json" });
  if (options.body !== undefined) made.set("content-type", "application/json");
  if (method !== "GET" && csrf !== "") made.set("x-csrf-token", csrf);
  if (options.version !== undefined) made.set("if-match", `"${options.version}"`);
  if (options.once !== undefined) made.set("idempotency-key", options.once);
  return made;
}

/** `/channels/{channel}` and what stands for it, each piece encoded; nothing for undefined in the query. */
export function address(path: string, pieces: object = {}, query: object = {}): string {
  const named = new Map(Object.entries(pieces));
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(named.get(name))));
  const wanted = new URLSearchParams();
  for (const [name, value] of Object.entries(query) as [string, unknown][])
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== undefined && one !== null && one !== "") wanted.append(name, String(one));
  const text = wanted.toString();
  return ROOT + filled + (text === "" ? "" : `?${text}`);
}

/** For `once`: a new one for each thing that somebody means to make. */
export function newOnce(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join("-");
}
