import { limits } from "../../contract/limits.ts";
import { type FromWorker, toWorker } from "../../contract/supervision.ts";
import { type Clock, OVER } from "../../ports/clock.ts";
import type { ProtectionOutcome, TaskProtection } from "../../ports/task-protection.ts";

/** The IPC channel to the supervisor; `process` is one. */
export type ParentChannel = {
  send(message: FromWorker): void;
  on(event: "message", listener: (message: unknown) => void): unknown;
};

/** Twice what the supervisor gives the agent: its answer comes first. */
const ANSWER_MS = 2 * limits.protectionCallMs;

/** Protection of a task that several workers share: the supervisor is asked, and knows who else wants it. */
export function parentProtection(channel: ParentChannel, clock: Clock): TaskProtection {
  const open = new Map<number, (outcome: ProtectionOutcome) => void>();
  let last = 0;
  channel.on("message", (message) => {
    const { data: said } = toWorker.safeParse(message);
    if (said?.kind === "protection-outcome") open.get(said.wish)?.(said.outcome);
  });
  const ask = async (wanted: boolean): Promise<ProtectionOutcome> => {
    const wish = ++last;
    const over = new AbortController();
    const answer = new Promise<ProtectionOutcome>((resolve) => open.set(wish, resolve));
    channel.send({ kind: "protection-wish", wish, wanted });
    const late = clock
      .sleep(ANSWER_MS, over.signal)
      .then((): ProtectionOutcome => ({ kind: "failed", because: "the supervisor did not answer" }));
    const outcome = await Promise.race([answer, late]);
    open.delete(wish);
    over.abort(OVER);
    return outcome;
  };
  return { protect: () => ask(true), release: () => ask(false) };
}
