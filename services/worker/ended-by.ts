/** A signal for one call: it ends with the run's, or by itself. */
import { OVER } from "../ports/clock.ts";

/**
 * Gives a controller that `parent` aborts too, and lets go of `parent` once it is over. A worker makes several of them a turn:
 * `AbortSignal.any` costs ten times as much, because it must not keep what it follows alive.
 */
export function endedBy(parent: AbortSignal): { readonly signal: AbortSignal; over(): void } {
  const controller = new AbortController();
  const over = (): void => {
    parent.removeEventListener("abort", over);
    controller.abort(OVER);
  };
  if (parent.aborted) over();
  else parent.addEventListener("abort", over);
  return { signal: controller.signal, over };
}
