/** A shift of the controller, where nobody keeps it running: it works for a while, ends, and is called again. */
import { limits } from "../contract/limits.ts";
import { type Clock, OVER } from "../ports/clock.ts";
import type { Controller } from "./controller.ts";

/**
 * How long a shift lasts, and how long at least: one that somebody waits for does not end before what he waits for is seen. `closing` is
 * called each time the passes are told to end, before they have: what must be done even if one of them never does. It throws nothing.
 */
export type ShiftTimes = { readonly forMs: number; readonly leastMs?: number; closing?(): Promise<void> };

/**
 * Runs the controller for `forMs`, or until nothing is left to watch; resolves when it has ended its passes. Goes on when
 * somebody asked for a decision while it ended.
 */
export async function workShift(
  controller: Controller,
  clock: Clock,
  { forMs, leastMs = 0, closing = async () => undefined }: ShiftTimes,
): Promise<"idle" | "over"> {
  const untilMs = clock.monotonicMs() + forMs;
  const leftMs = (): number => untilMs - clock.monotonicMs();
  const mayEnd = (): boolean => controller.isIdle && leftMs() <= forMs - leastMs;
  do {
    const over = new AbortController();
    const running = controller.run(over.signal);
    while (leftMs() > 0 && !mayEnd()) await clock.sleep(Math.min(limits.shiftLookMs, leftMs()));
    over.abort(OVER);
    await Promise.all([running, closing()]);
  } while (leftMs() > 0 && (await controller.wasKicked()));
  return leftMs() > 0 ? "idle" : "over";
}
