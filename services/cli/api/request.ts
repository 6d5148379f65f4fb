/** One request with a bound on its time, repeated where that is safe. */
import type { z } from "zod";
import type { Chance, Clock } from "../../ports/clock.ts";
import { cliLimits } from "../bounds.ts";
import { CliFailure, Interrupted, Refusal } from "../failure.ts";
import { errorCodeOf, mayReconnect, mayRetry, parseJson, problemOf, retryWaitMs, rootOf } from "./answer.ts";
import { within } from "./within.ts";

/** Where requests go, and what they need. */
export type Http = {
  readonly url: string;
  readonly key: string;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly signal: AbortSignal;
  readonly fetch: typeof fetch;
};

/** One request to the API. */
export type Ask = {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly body?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** Time that the API may take on purpose (a long poll), on top of `requestMs`. */
  readonly extraMs?: number;
  /** Whether sending it twice does no harm. */
  readonly repeatable: boolean;
  /** Called before each wait for another try. */
  readonly onRetry?: (because: string, waitMs: number) => void;
};

type Answer = { readonly status: number; readonly headers: Headers; readonly text: string };
type Try = Answer | { readonly failed: unknown };

/** Headers of every request. */
export const headersOf = (http: Http, more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  authorization: `Bearer ${http.key}`,
  accept: "application/json",
  ...more,
});

async function once(http: Http, ask: Ask): Promise<Try> {
  const headers = headersOf(http, {
    ...(ask.body === undefined ? {} : { "content-type": "application/json" }),
    ...ask.headers,
  });
  try {
    return await within(http, cliLimits.requestMs + (ask.extraMs ?? 0), async (signal) => {
      const init = { method: ask.method, headers, signal, ...(ask.body === undefined ? {} : { body: ask.body }) };
      const response = await http.fetch(`${http.url}${ask.path}`, init);
      return { status: response.status, headers: response.headers, text: await response.text() };
    });
  } catch (failed) {
    if (http.signal.aborted) throw new Interrupted();
    return { failed };
  }
}

/** Nobody answers at the URL. */
export function unreachable(url: string, cause: unknown): CliFailure {
  const root = rootOf(cause);
  const why = errorCodeOf(cause) ?? (root instanceof Error ? root.message : String(root));
  const fix = "is Muster running? npm start runs it on this machine; --url or MUSTER_URL names another one";
  return new CliFailure("unreachable", `cannot reach ${url} (${why})`, { fix, cause });
}

/**
 * Sends requests to one API and remembers whether it ever answered: until then a refused connection is told at once,
 * afterwards (the API restarts) it is tried again. Throws `Refusal`, `CliFailure` (`unreachable`) or `Interrupted`.
 */
export function sender(http: Http): (ask: Ask) => Promise<Answer> {
  let reached = false;
  return async (ask) => {
    for (let attempt = 0; ; attempt++) {
      const tried = await once(http, ask);
      const last = attempt + 1 >= cliLimits.tries || !ask.repeatable;
      let retryAfter: string | null = null;
      if ("failed" in tried) {
        if (last || !mayReconnect(tried.failed, reached)) throw unreachable(http.url, tried.failed);
      } else {
        reached = true;
        if (tried.status < 400) return tried;
        if (last || !mayRetry(tried.status)) throw new Refusal(problemOf(tried.status, tried.text));
        retryAfter = tried.headers.get("retry-after");
      }
      const waitMs = retryWaitMs(attempt, retryAfter, http.chance.fraction());
      ask.onRetry?.("failed" in tried ? (errorCodeOf(tried.failed) ?? "no answer") : `HTTP ${tried.status}`, waitMs);
      await http.clock.sleep(waitMs, http.signal);
      if (http.signal.aborted) throw new Interrupted();
    }
  };
}

/** The checked body of an answer; throws `CliFailure` when it is not what the contract says. */
export function bodyOf<S extends z.ZodType>(
  schema: S,
  text: string,
  asked: Ask & { readonly url: string },
): z.output<S> {
  const parsed = schema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue === undefined ? "" : `: ${issue.path.join(".")} ${issue.message}`;
  throw new CliFailure(
    "not-the-contract",
    `${asked.url}: the answer to ${asked.method} ${asked.path} is not Muster's${where}`,
    {
      fix: "is it another program, or another version of Muster?",
      cause: parsed.error,
    },
  );
}
