/** Calls to AWS: what they were for is in the error, what failed is its cause. */

/** Awaits a call; an error says the operation and carries the SDK's error as `cause`. */
export async function call<T>(operation: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw new Error(`${operation}: ${errorName(cause)}`, { cause });
  }
}

/** Name of a service error (SQS servers put their old name space before some); the system's code of a failed connection. */
export function errorName(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return error.name === "Error" && "code" in error ? String(error.code) : plainCode(error.name);
}

/** An error code without the old name space of SQS. */
export const plainCode = (code: string): string => code.replace(/^AWS\.SimpleQueueService\./, "");
