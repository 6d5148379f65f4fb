/** A shift of the controller, where nobody keeps it running: it works for a while, ends, and is called again. */
import { limits } from "../contract/limits.ts";
import { type Clock, OVER } from "../ports/clock.ts";
import type { Controller } from "./controller.ts";

/** How long a shift lasts, and how long at least: one that somebody waits for does not end before what he waits for is seen. */
export type ShiftTimes = { readonly forMs: number; readonly leastMs?: number };

/**
 * Runs the controller for `forMs`, or until nothing is left to watch; resolves when it has ended its passes. Goes on when
 * somebody asked for a decision while it ended.
 */
export async function workShift(
  controller: Controller,
  clock: Clock,
  { forMs, leastMs = 0 }: ShiftTimes,
): Promise<"idle" | "over"> {
  const untilMs = clock.monotonicMs() + forMs;
  const leftMs = (): number => untilMs - clock.monotonicMs();
  const mayEnd = (): boolean => controller.isIdle && leftMs() <= forMs - leastMs;
  do {
    const over = new AbortController();
    const running = controller.run(over.signal);
    while (leftMs() > 0 && !mayEnd()) await clock.sleep(Math.min(limits.shiftLookMs, leftMs()));
    over.abort(OVER);
    await running;
  } while (leftMs() > 0 && (await controller.wasKicked()));
  return leftMs() > 0 ? "idle" : "over";
}
