import type { StopNotice } from "../core/drain.ts";

/** One way of being told to stop. Resolves with the notice, or never; ends quietly when the signal aborts. */
export interface StopSource {
  readonly kind: string;
  watch(signal: AbortSignal): Promise<StopNotice>;
}
