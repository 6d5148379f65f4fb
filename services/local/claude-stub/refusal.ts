/** Reasons for which a call is answered with an error document instead of a message. */

/** Error type of the API for a status; anything else is an `api_error`. */
const TYPE_OF_STATUS: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  500: "api_error",
  503: "api_error",
  504: "timeout_error",
  529: "overloaded_error",
};

/** The error type that the API sends with an HTTP status. */
export function errorTypeOf(status: number): string {
  return TYPE_OF_STATUS[status] ?? "api_error";
}

/** Thrown where a request cannot be answered; the server turns it into status, headers and body. */
export class Refusal extends Error {
  readonly status: number;
  /** Seconds for the `retry-after` header; undefined sends none. */
  readonly retryAfterS: number | undefined;
  /** Machine-readable code in `error.details.error_code`, as the spend and ramp limits carry it. */
  readonly errorCode: string | undefined;

  constructor(status: number, message: string, more: { retryAfterS?: number; errorCode?: string } = {}) {
    super(message);
    this.status = status;
    this.retryAfterS = more.retryAfterS;
    this.errorCode = more.errorCode;
  }
}

/** A 400 that names the field, worded as the API words it. */
export function invalid(field: string, problem: string): Refusal {
  return new Refusal(400, `${field}: ${problem}`);
}

/** What an error answer says. */
export type ErrorAnswer = {
  readonly type: string;
  readonly message: string;
  readonly requestId: string;
  readonly errorCode?: string | undefined;
};

/** Body of an error answer, and of an `error` event in the middle of a stream. */
export function errorBody(error: ErrorAnswer): string {
  const { type, message, requestId, errorCode } = error;
  const details = errorCode === undefined ? {} : { details: { error_code: errorCode } };
  return JSON.stringify({ type: "error", error: { type, message, ...details }, request_id: requestId });
}
