/** Whether a machine that nobody scales in ends itself. Pure. */
import { limits } from "../contract/limits.ts";

/** Who scales the fleet: the controller, or CloudWatch, which only ever adds. */
export type Driver = "controller" | "cloudwatch";

/** What a machine knows. A worker that has not told how idle it is counts as busy. */
export type LonelyView = {
  readonly driver: Driver;
  /** The least of its workers; undefined: one has not told yet. */
  readonly idleMs: number | undefined;
  /** For how long the machine has seen no heartbeat of the controller, which is a decision; undefined: it has not looked, or could not. */
  readonly controllerSilentMs: number | undefined;
};

/** Whether it is worth asking for the controller's heartbeat: a machine that has runs does not care. */
export const wantsToKnow = ({ idleMs }: Pick<LonelyView, "idleMs">): boolean =>
  idleMs !== undefined && idleMs >= limits.idleLeaveMs - limits.controllerSilentMs - limits.idleLookMs;

/**
 * Whether it should go: idle for `idleLeaveMs`, and nobody there who would end it. Whether the group may lose a machine is
 * asked of the group itself, in the same call that ends it.
 */
export function shouldLeave({ driver, idleMs, controllerSilentMs }: LonelyView): boolean {
  if (idleMs === undefined || idleMs < limits.idleLeaveMs) return false;
  return (
    driver === "cloudwatch" || (controllerSilentMs !== undefined && controllerSilentMs >= limits.controllerSilentMs)
  );
}
