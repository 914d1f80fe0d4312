// What the API says when it refuses: application/problem+json.

export interface FieldProblem {
  readonly pointer: string;
  readonly detail: string;
}

export class Problem extends Error {
  constructor(
    readonly status: number,
    /** `stale` of `urn:manycast:problem:stale`; `offline` when nobody answered. */
    readonly kind: string,
    readonly detail: string,
    readonly fields: readonly FieldProblem[] = [],
    readonly retry_s: number | null = null,
  ) {
    super(detail);
    this.name = "Problem";
  }

  /** What is wrong with one field of the form, by its name in the request. */
  about(field: string): string | undefined {
    return this.fields.find(({ pointer }) => pointer === `#/${field}`)?.detail;
  }
}

const PREFIX = "urn:manycast:problem:";

export async function problemOf(response: Response): Promise<Problem> {
  const retry_s = Number.parseInt(response.headers.get("retry-after") ?? "", 10);
  const said = await words(response);
  return new Problem(
    response.status,
    said.type.startsWith(PREFIX) ? said.type.slice(PREFIX.length) : `status-${response.status}`,
    said.detail,
    said.errors,
    Number.isNaN(retry_s) ? null : retry_s,
  );
}

interface Words {
  readonly type: string;
  readonly detail: string;
  readonly errors: readonly FieldProblem[];
}

async function words(response: Response): Promise<Words> {
  const plain = { type: "", detail: `The server answered ${response.status}. Try again in a moment.`, errors: [] };
  try {
    const body = (await response.json()) as Partial<Words> & { title?: string };
    return {
      type: body.type ?? "",
      detail: body.detail || body.title || plain.detail,
      errors: body.errors ?? [],
    };
  } catch {
    return plain; // something between us and the server answered in its own way
  }
}

export function problemFrom(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const lost = error instanceof TypeError || (error instanceof DOMException && error.name !== "AbortError");
  if (lost) return new Problem(0, "offline", "The control role does not answer. Streams go on without it; this page will try again.");
  return new Problem(0, "bug", error instanceof Error ? error.message : String(error));
}
