/** Answers what the controller's process asks of its supervisor about the worker processes. */
import { type CapacityAnswer, capacityAsk } from "../contract/parent-capacity.ts";
import type { Capacity } from "../ports/capacity.ts";

/** The controller asked its lease before it sent the message. */
const isMine = async (): Promise<boolean> => true;

/** The answer to a message; undefined when the message is none of these. Errors are answers too. */
export async function answerCapacity(capacity: Capacity, message: unknown): Promise<CapacityAnswer | undefined> {
  const { data: asked } = capacityAsk.safeParse(message);
  if (asked === undefined) return undefined;
  const { ask } = asked;
  try {
    if (asked.kind === "capacity-act") {
      const outcomes = await capacity.act(asked.targets, { ...asked.by, isMine });
      return { kind: "capacity-acted", ask, outcomes: [...outcomes] };
    }
    const pools = (await capacity.observe()).map((one) =>
      one.kind === "known" ? { ...one, machines: [...one.machines] } : one,
    );
    return { kind: "capacity-seen", ask, pools };
  } catch (error) {
    return { kind: "capacity-failed", ask, because: error instanceof Error ? error.message : String(error) };
  }
}
