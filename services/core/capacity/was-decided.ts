import type { CapacityDecision } from "../../contract/capacity.ts";

/** Whether something was decided: a hold for want of data is no decision, one that a person ordered is. Pure. */
export const wasDecided = ({ slots, because }: CapacityDecision): boolean =>
  slots !== undefined || because.some(({ kind }) => kind === "order-hold");
