/** Calls to AWS: what they were for is in the error, what failed is its cause. */
import { StoreOutage } from "../../core/store-outage.ts";

/** Awaits a call; an error says the operation and carries the SDK's error as `cause`. */
export async function call<T>(operation: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw failed(operation, cause);
  }
}

/** The error of a call that failed with `cause`: a `StoreOutage` where the same call may succeed later. */
export function failed(operation: string, cause: unknown): Error {
  const message = `${operation}: ${errorName(cause)}`;
  return isOutage(cause) ? new StoreOutage(message, { cause }) : new Error(message, { cause });
}

/** Answers of the client's kind (4xx) that speak of the moment, not of the request. */
const FOR_NOW =
  /^(Throttling(Exception)?|ThrottledException|RequestThrottled(Exception)?|ProvisionedThroughputExceededException|RequestLimitExceeded|TooManyRequestsException|SlowDown|RequestTimeout(Exception)?|LimitExceededException|TransactionConflictException)$/;

/** Codes of the system and names of the SDK for a call that found nobody, or no answer. */
const NO_ANSWER = /^(E[A-Z]+|UND_ERR_\w+|TimeoutError|AbortError|NetworkingError)$/;

function isOutage(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  if ("$fault" in cause && cause.$fault === "server") return true;
  const name = errorName(cause);
  return FOR_NOW.test(name) || NO_ANSWER.test(name);
}

/** Name of a service error (SQS servers put their old name space before some); the system's code of a failed connection. */
export function errorName(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return error.name === "Error" && "code" in error ? String(error.code) : plainCode(error.name);
}

/** An error code without the old name space of SQS. */
export const plainCode = (code: string): string => code.replace(/^AWS\.SimpleQueueService\./, "");
