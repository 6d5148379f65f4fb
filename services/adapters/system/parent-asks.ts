/** Questions to the process that started this one, over their channel: each has a number, and its answer the same. */
import type { z } from "zod";
import { type Clock, OVER } from "../../ports/clock.ts";

/** The channel to the parent. */
export type ParentChannel<Said> = {
  send(message: Said): void;
  on(event: "message", listener: (message: unknown) => void): unknown;
};

/** What a child process has of its channel. */
type ChildProcess = {
  send?: (message: object, handle: undefined, options: undefined, sent: (error: Error | null) => void) => boolean;
  on(event: "message", listener: (message: unknown) => void): unknown;
};

/**
 * The channel of a process. What is sent after the parent has gone is lost without an error: its end is told by `disconnect`, and
 * whoever talks on must not die of it before that is heard.
 */
export const parentChannel = <Said extends object>(child: ChildProcess): ParentChannel<Said> => ({
  send: (message) => void child.send?.(message, undefined, undefined, () => undefined),
  on: (event, listener) => child.on(event, listener),
});

/** How answers look, and how long one is waited for. */
export type AskOptions<Answer> = {
  readonly clock: Clock;
  readonly answer: z.ZodType<Answer>;
  readonly withinMs: number;
};

/** Sends what is made of a new number and gives its answer; undefined when none came in time. One for a kind of question. */
export function parentAsks<Said, Answer extends { readonly ask: number }>(
  channel: ParentChannel<Said>,
  { clock, answer, withinMs }: AskOptions<Answer>,
): (question: (ask: number) => Said) => Promise<Answer | undefined> {
  const waiting = new Map<number, (answer: Answer) => void>();
  let asks = 0;
  channel.on("message", (message) => {
    const { data: said } = answer.safeParse(message);
    if (said !== undefined) waiting.get(said.ask)?.(said);
  });
  return async (question) => {
    const ask = asks++;
    const { promise, resolve } = Promise.withResolvers<Answer | undefined>();
    const answered = new AbortController();
    waiting.set(ask, resolve);
    void clock.sleep(withinMs, answered.signal).then(() => resolve(undefined));
    channel.send(question(ask));
    try {
      return await promise;
    } finally {
      answered.abort(OVER);
      waiting.delete(ask);
    }
  };
}
