import { type Clock, OVER } from "../../ports/clock.ts";

/** The part of `fetch` that is used here. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** An answer with its whole body, or why there is none. */
export type HttpAnswer =
  | { readonly kind: "answered"; readonly status: number; readonly text: string }
  | { readonly kind: "failed"; readonly because: string };

/** One call; `timeoutMs` covers connecting, answer and body. */
export type HttpCall = {
  readonly method: "GET" | "PUT" | "POST";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
};

const reason = (error: unknown): string => {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
};

/** Small calls to services of this machine. A call that takes too long is aborted; it never throws and never retries. */
export const timedHttp =
  (fetch: Fetch, clock: Clock) =>
  async ({ url, timeoutMs, ...init }: HttpCall, signal?: AbortSignal): Promise<HttpAnswer> => {
    const over = new AbortController();
    const ended = signal === undefined ? over.signal : AbortSignal.any([over.signal, signal]);
    let late = false;
    const timeout = clock.sleep(timeoutMs, ended).then(() => {
      late = !ended.aborted;
      over.abort(OVER);
    });
    try {
      const answer = await fetch(url, { ...init, redirect: "error", signal: ended });
      return { kind: "answered", status: answer.status, text: await answer.text() };
    } catch (error) {
      return { kind: "failed", because: late ? `no answer within ${timeoutMs} ms` : reason(error) };
    } finally {
      over.abort(OVER);
      await timeout;
    }
  };

/** Calls of one process, with its clock and fetch. */
export type TimedHttp = ReturnType<typeof timedHttp>;
