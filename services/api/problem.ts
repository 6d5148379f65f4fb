/** Every refusal is a problem document (RFC 9457). One table of codes; a new refusal is a new line here. */
import type { Problem } from "../contract/http.ts";
import { limits } from "../contract/limits.ts";

/** Status and title of each code; the documentation lists them from here. */
export const problems = {
  "malformed-json": { status: 400, title: "The body is not JSON" },
  "invalid-request": { status: 400, title: "The request does not have the documented form" },
  "invalid-cursor": { status: 400, title: "The cursor was not given by this list" },
  unauthenticated: { status: 401, title: "A valid API key is needed" },
  forbidden: { status: 403, title: "This API key may not do that" },
  "not-found": { status: 404, title: "There is nothing at this path" },
  "run-not-found": { status: 404, title: "There is no such run" },
  "key-not-found": { status: 404, title: "There is no such API key" },
  "worker-not-found": { status: 404, title: "There is no such worker" },
  "method-not-allowed": { status: 405, title: "This path does not take that method" },
  "idempotency-conflict": { status: 409, title: "The idempotency key was used for another request" },
  "not-scaled": { status: 409, title: "Nobody scales this installation" },
  "not-redrivable": { status: 409, title: "The run cannot go on" },
  "body-too-large": { status: 413, title: "The body is too large" },
  "unsupported-media-type": { status: 415, title: "The body must be JSON" },
  "unknown-agent": { status: 422, title: "There is no such agent" },
  "invalid-input": { status: 422, title: "The agent does not take this input" },
  "unknown-model": { status: 422, title: "There is no such class or model" },
  "model-not-allowed": { status: 422, title: "The agent or the tenant's plan does not allow this model" },
  "budget-too-small": { status: 422, title: "The budget is below the cost that the first call can have" },
  "too-many-budgets": { status: 422, title: "Too many tenants have a budget of their own" },
  "too-many-watchers": { status: 429, title: "Too many waits and event streams are open" },
  "queue-full": { status: 429, title: "Too many runs of this tenant wait" },
  internal: { status: 500, title: "Muster failed" },
  "model-without-price": { status: 500, title: "The agent's model has no known price" },
  unavailable: { status: 503, title: "Muster cannot reach its store" },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>;

export type ProblemCode = keyof typeof problems;

/** A field of the request (`runs[3].input.question`) and how to mend it. */
export type Mistake = { readonly field: string; readonly message: string };

/** A request that is not done, as a value. */
export type Refusal = {
  readonly kind: "refused";
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;
};

/** What a refusal may say beyond its code. */
type More = { readonly mistakes?: readonly Mistake[]; readonly headers?: Readonly<Record<string, string>> };

/** Makes a refusal. At most `limits.mistakesMax` mistakes are named; 429 and 503 get `Retry-After`. */
export function refuse(code: ProblemCode, detail: string, { mistakes, headers = {} }: More = {}): Refusal {
  const { status, title } = problems[code];
  const retry: Refusal["headers"] =
    status === 429 || status === 503 ? { "retry-after": String(limits.retryAfterSeconds) } : {};
  return {
    kind: "refused",
    headers: { ...retry, ...headers },
    problem: {
      type: `urn:muster:problem:${code}`,
      title,
      status,
      detail,
      code,
      ...(mistakes === undefined ? {} : { errors: mistakes.slice(0, limits.mistakesMax) }),
    },
  };
}

/** Whether an outcome is a refusal. */
export const isRefusal = (outcome: Response | Refusal): outcome is Refusal =>
  "kind" in outcome && outcome.kind === "refused";

/** The refusal as it goes over the wire. */
export const problemResponse = ({ problem, headers }: Refusal): Response =>
  new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: { ...headers, "content-type": "application/problem+json" },
  });
