import { limits } from "../../contract/limits.ts";
import { type FromWorker, protectionAnswer } from "../../contract/supervision.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ProtectionOutcome, TaskProtection } from "../../ports/task-protection.ts";
import { type ParentChannel, parentAsks } from "./parent-asks.ts";

/** Twice what the supervisor gives the agent: its answer comes first. */
const ANSWER_MS = 2 * limits.protectionCallMs;

/** Protection of a task that several workers share: the supervisor is asked, and knows who else wants it. */
export function parentProtection(channel: ParentChannel<FromWorker>, clock: Clock): TaskProtection {
  const ask = parentAsks(channel, { clock, answer: protectionAnswer, withinMs: ANSWER_MS });
  const wish = async (wanted: boolean): Promise<ProtectionOutcome> => {
    const answer = await ask((number) => ({ kind: "protection-wish", ask: number, wanted }));
    return answer?.outcome ?? { kind: "failed", because: "the supervisor did not answer" };
  };
  return { protect: () => wish(true), release: () => wish(false) };
}
