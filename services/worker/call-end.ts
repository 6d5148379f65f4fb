/** What the end of a model call means to the limiter. Pure. */
import type { ModelFailureCode } from "../contract/failures.ts";
import type { ModelAnswer, ModelFailure } from "../ports/model.ts";
import type { Tokens } from "./unsettled.ts";

/** How a call ended; `unused`: it was not made; `done`: it went well and has no tokens that are limited here. */
export type CallEnd = ModelAnswer | ModelFailure | { readonly kind: "unused" } | { readonly kind: "done" };

/** `fails`: counts for the breaker. `limited`: the fleet pauses. `blocked`: only a person can mend it. */
type Meaning = "fine" | "fails" | "limited" | "spend-limit" | "unauthorised";

const meanings = {
  "rate-limited": "limited",
  "spend-limit": "spend-limit",
  unauthorised: "unauthorised",
  overloaded: "fails",
  "server-error": "fails",
  connection: "fails",
  "idle-stream": "fails",
  "request-rejected": "fine",
  aborted: "fine",
} as const satisfies Record<ModelFailureCode, Meaning>;

/** What an end says of the class; a call that was not made, or was the caller's own mistake, says nothing. */
export const meaningOf = (end: CallEnd): Meaning => (end.kind === "failed" ? meanings[end.code] : "fine");

/** A failure that the server itself told; a broken connection may be this worker's own trouble, and stops nobody else at once. */
export const isToldByServer = (end: CallEnd): boolean =>
  end.kind === "failed" && (end.code === "overloaded" || end.code === "server-error");

/** Tokens that the limits count (cache reads do not); undefined when nobody knows what a call used. */
export function tokensOf(end: CallEnd): Tokens | undefined {
  if (end.kind === "unused" || end.kind === "done") return { input: 0, output: 0 };
  if (end.kind === "failed") return end.billed === "no" ? { input: 0, output: 0 } : undefined;
  const { inputTokens, cacheWrite5mTokens, cacheWrite1hTokens, outputTokens } = end.usage;
  return { input: inputTokens + cacheWrite5mTokens + cacheWrite1hTokens, output: outputTokens };
}

/** Whether a probe showed that calls go through again: the API answered, if only to refuse this request. */
export const probeSucceeded = (end: CallEnd): boolean =>
  end.kind === "answer" ||
  end.kind === "done" ||
  (end.kind === "failed" && (end.code === "request-rejected" || end.code === "rate-limited"));
