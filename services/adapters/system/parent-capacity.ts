/** Capacity as a supervisor keeps it: asked for over the channel to the process that started this one. */
import { limits } from "../../contract/limits.ts";
import { type CapacityAnswer, type CapacityAsk, capacityAnswer } from "../../contract/parent-capacity.ts";
import type { Capacity } from "../../ports/capacity.ts";
import { type Clock, OVER } from "../../ports/clock.ts";

/** The channel to the supervisor. */
export type CapacityChannel = {
  send(message: CapacityAsk): void;
  on(event: "message", listener: (message: unknown) => void): unknown;
};

/** A request without its number. */
type Ask = CapacityAsk extends infer A ? (A extends CapacityAsk ? Omit<A, "ask"> : never) : never;

/** One for a process. What is not answered within `limits.storeCallMs` is an error. */
export function parentCapacity(channel: CapacityChannel, clock: Clock): Capacity {
  const waiting = new Map<number, (answer: CapacityAnswer) => void>();
  let asks = 0;
  channel.on("message", (message) => {
    const { data: answer } = capacityAnswer.safeParse(message);
    if (answer === undefined) return;
    waiting.get(answer.ask)?.(answer);
    waiting.delete(answer.ask);
  });

  async function request(what: Ask): Promise<CapacityAnswer> {
    const ask = asks++;
    const { promise, resolve } = Promise.withResolvers<CapacityAnswer | "late">();
    const answered = new AbortController();
    waiting.set(ask, resolve);
    void clock.sleep(limits.storeCallMs, answered.signal).then(() => resolve("late"));
    channel.send({ ...what, ask });
    const answer = await promise;
    answered.abort(OVER);
    waiting.delete(ask);
    if (answer === "late") throw new Error(`${what.kind}: the supervisor did not answer`);
    if (answer.kind === "capacity-failed") throw new Error(`${what.kind}: ${answer.because}`);
    return answer;
  }

  return {
    async observe() {
      const answer = await request({ kind: "capacity-observe" });
      return answer.kind === "capacity-seen" ? answer.pools : [];
    },
    async act(targets, by) {
      const answer = await request({ kind: "capacity-act", targets: [...targets], by });
      return answer.kind === "capacity-acted" ? answer.outcomes : [];
    },
  };
}
