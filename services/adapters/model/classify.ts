/** Classes of failed calls in one place: by `errorCode`, then `type`, then `status`; by message text only where there is nothing else. */
import { APIConnectionError, APIError, APIUserAbortError } from "@anthropic-ai/sdk";
import type { ModelFailureCode } from "../../contract/failures.ts";
import type { ModelFailure } from "../../ports/model.ts";

const SPEND = new Set(["enforced_spend_limit_reached", "contract_spend_limit_reached"]);

/** The limit that an account set itself comes as a plain 400; only its words tell it from a bad request. */
const OWN_SPEND_LIMIT = "specified API usage limits";

const byType: Readonly<Record<string, ModelFailureCode>> = {
  rate_limit_error: "rate-limited",
  overloaded_error: "overloaded",
  timeout_error: "server-error",
  authentication_error: "unauthorised",
  permission_error: "unauthorised",
  billing_error: "spend-limit",
  invalid_request_error: "request-rejected",
  not_found_error: "request-rejected",
  request_too_large: "request-rejected",
  // Bedrock's runtime, in mid-stream.
  throttlingException: "rate-limited",
  validationException: "request-rejected",
};

function codeOfStatus(status: number | undefined): ModelFailureCode {
  if (status === undefined) return "connection";
  if (status === 429) return "rate-limited";
  if (status === 529) return "overloaded";
  if (status === 401 || status === 403) return "unauthorised";
  if (status === 402) return "spend-limit";
  return status >= 500 || status === 408 || status === 409 ? "server-error" : "request-rejected";
}

function codeOf(error: unknown): ModelFailureCode {
  if (error instanceof APIUserAbortError) return "aborted";
  if (error instanceof APIConnectionError || !(error instanceof APIError)) return "connection";
  if (typeof error.errorCode === "string" && SPEND.has(error.errorCode)) return "spend-limit";
  if (error.status === 400 && error.message.includes(OWN_SPEND_LIMIT)) return "spend-limit";
  return byType[String(error.type)] ?? codeOfStatus(error.status);
}

/** Seconds of `retry-after` as milliseconds; a missing or unreadable header is unknown, not 0. */
function retryAfterMs(error: unknown): number | undefined {
  const seconds = error instanceof APIError ? Number(error.headers?.get("retry-after") ?? Number.NaN) : Number.NaN;
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined;
}

/** Traffic rose too steeply, whatever the limit. */
const isRamp = (error: unknown): boolean => error instanceof APIError && error.errorCode === "ramp_limit_exceeded";

/** Refused before any token was made: the API answered with an error status and no stream. */
const refusedUpFront = (error: unknown, streaming: boolean): boolean =>
  !streaming && error instanceof APIError && error.status !== undefined && error.status < 500;

/** System codes of a connection that was never made; nothing was sent over it. */
const UNCONNECTED = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

function neverSent(error: unknown): boolean {
  const cause = error instanceof APIConnectionError ? error.cause : error;
  return cause instanceof Error && "code" in cause && UNCONNECTED.has(String(cause.code));
}

/** What a thrown error of the SDK means; `streaming` is true once the answer had begun. */
export function failureOf(error: unknown, streaming: boolean): ModelFailure {
  const code = codeOf(error);
  const wait = retryAfterMs(error);
  const free = neverSent(error) || refusedUpFront(error, streaming) || (code === "overloaded" && !streaming);
  return {
    kind: "failed",
    code,
    message: error instanceof Error ? error.message.slice(0, 300) : String(error).slice(0, 300),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    ...(isRamp(error) ? { ramp: true } : {}),
    billed: free ? "no" : "maybe",
  };
}

/** An error event in the middle of a stream: tokens were made, and there is no status. */
export function failureOfEvent(type: string, message: string): ModelFailure {
  return { kind: "failed", code: byType[type] ?? "server-error", message: message.slice(0, 300), billed: "maybe" };
}
