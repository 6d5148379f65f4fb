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

/** Who we are is not known now: a role without credentials, a session that is over, keys under rotation, a clock to be set. */
const NO_KEYS =
  /^((Credentials|Token)?ProviderError|ExpiredToken(Exception)?|UnrecognizedClientException|InvalidClientTokenId|InvalidAccessKeyId|InvalidToken|TokenRefreshRequired|RequestExpired|RequestTimeTooSkewed)$/;

/** Codes of the system and names of the SDK for a call that found nobody, or no answer. */
const NO_ANSWER = /^(E[A-Z]+|EAI_[A-Z]+|UND_ERR_\w+|TimeoutError|AbortError|NetworkingError)$/;

const SERVER_FAULT = 500;
const TOO_MANY = 429;

/** The SDK says `client` of each fault whose name it does not know, and of a page that is none of the service: the status says it. */
function isServerFault(error: Error): boolean {
  if ("$fault" in error && error.$fault === "server") return true;
  const metadata = "$metadata" in error ? error.$metadata : undefined;
  const told = typeof metadata === "object" && metadata !== null && "httpStatusCode" in metadata;
  const status = told ? Number(metadata.httpStatusCode) : 0;
  return status >= SERVER_FAULT || status === TOO_MANY;
}

function isOutage(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  if (cause instanceof StoreOutage || isServerFault(cause)) return true;
  const name = errorName(cause);
  return FOR_NOW.test(name) || NO_ANSWER.test(name) || NO_KEYS.test(name);
}

/**
 * Name of a service error (SQS servers put their old name space before some); the system's code of a failed connection, of several
 * addresses tried as of one.
 */
export function errorName(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const isSystems = error.name === "Error" || error instanceof AggregateError;
  return isSystems && "code" in error ? String(error.code) : plainCode(error.name);
}

/** An error code without the old name space of SQS. */
export const plainCode = (code: string): string => code.replace(/^AWS\.SimpleQueueService\./, "");
