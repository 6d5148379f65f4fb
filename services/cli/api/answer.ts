/** What to do with an answer of the API, or with none. Pure. */
import { type Problem, problem } from "../../contract/http.ts";
import { type Backoff, backoffMs } from "../../core/retry.ts";
import { cliLimits } from "../bounds.ts";

const backoff: Backoff = { baseMs: cliLimits.retryBaseMs, maxMs: cliLimits.retryMaxMs };

/** Whether another try may help: the API is busy, broken or behind something that is. */
export const mayRetry = (status: number): boolean => status === 429 || status >= 500;

/** Wait before the next try: what `Retry-After` (seconds) asks for, within bounds, else backoff with jitter. */
export function retryWaitMs(attempt: number, retryAfter: string | null, fraction: number): number {
  const asked = retryAfter === null ? Number.NaN : Number(retryAfter) * 1_000;
  if (asked > 0) return Math.min(asked + cliLimits.retryBaseMs * fraction, cliLimits.retryAfterMaxMs);
  return backoffMs(attempt, backoff, fraction);
}

/** The problem document of a refusal; one is made up when what answered is not Muster (a proxy, another program). */
export function problemOf(status: number, text: string): Problem {
  const parsed = problem.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const detail = `the API answered HTTP ${status}: ${text.trim().slice(0, 200) || "without a text"}`;
  return { type: "about:blank", title: `HTTP ${status}`, status, detail, code: `http-${status}` };
}

/** The value of a JSON text; undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Deepest cause of a failed `fetch`, which nests it in `cause` and `errors`. */
export function rootOf(error: unknown): unknown {
  if (error instanceof AggregateError) return rootOf(error.errors[0]);
  return error instanceof Error && error.cause !== undefined ? rootOf(error.cause) : error;
}

/** Code of the system error under a failed `fetch`, such as `ECONNREFUSED`. */
export function errorCodeOf(error: unknown): string | undefined {
  const root = rootOf(error);
  return root instanceof Error && "code" in root && typeof root.code === "string" ? root.code : undefined;
}

/** A connection that broke or was slow; another may not. A wrong certificate or a forbidden port stays one. */
const passing = new Set([
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_SOCKET",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
]);

/**
 * Whether a request that got no answer may be sent again. Nobody listening is passing only when somebody did before
 * (`reached`): the API restarts.
 */
export function mayReconnect(error: unknown, reached: boolean): boolean {
  const code = errorCodeOf(error) ?? "";
  return passing.has(code) || (reached && (code === "ECONNREFUSED" || code === "ENOTFOUND"));
}
