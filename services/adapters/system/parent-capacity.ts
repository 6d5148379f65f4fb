/** Capacity as a supervisor keeps it: asked for over the channel to the process that started this one. */
import { limits } from "../../contract/limits.ts";
import { type CapacityAnswer, type CapacityAsk, capacityAnswer } from "../../contract/parent-capacity.ts";
import type { Capacity } from "../../ports/capacity.ts";
import type { Clock } from "../../ports/clock.ts";
import { type ParentChannel, parentAsks } from "./parent-asks.ts";

const fenced = { kind: "fenced", because: "another controller leads" } as const;

/** One for a process. What is not answered within `limits.storeCallMs` is an error. */
export function parentCapacity(channel: ParentChannel<CapacityAsk>, clock: Clock): Capacity {
  const ask = parentAsks(channel, { clock, answer: capacityAnswer, withinMs: limits.storeCallMs });

  async function request(kind: CapacityAsk["kind"], question: (ask: number) => CapacityAsk): Promise<CapacityAnswer> {
    const answer = await ask(question);
    if (answer === undefined) throw new Error(`${kind}: the supervisor did not answer`);
    if (answer.kind === "capacity-failed") throw new Error(`${kind}: ${answer.because}`);
    return answer;
  }

  return {
    async observe() {
      const answer = await request("capacity-observe", (number) => ({ kind: "capacity-observe", ask: number }));
      return answer.kind === "capacity-seen" ? answer.pools : [];
    },
    async act(targets, { epoch, decision, isMine }) {
      if (!(await isMine())) return targets.map(({ pool }) => ({ pool, outcome: fenced }));
      const what = { kind: "capacity-act" as const, targets: [...targets], by: { epoch, decision } };
      const answer = await request("capacity-act", (number) => ({ ...what, ask: number }));
      return answer.kind === "capacity-acted" ? answer.outcomes : [];
    },
  };
}
