/** What a worker does when the limiter's store does not answer: tells of it, and waits longer each time. */
import { limits } from "../contract/limits.ts";
import { backoffMs } from "../core/retry.ts";
import type { GateParts } from "./gate-parts.ts";

const BACKOFF = { baseMs: limits.rateRetryBaseMs, maxMs: limits.rateRetryMaxMs };

export const storeTrouble = ({ chance, events, clock }: GateParts) => ({
  tell: (operation: string, error: unknown): void =>
    events.emit("store.failed", { operation: `limiter: ${operation}`, message: String(error) }),
  /** Ends early when the signal aborts. */
  wait: (failures: number, signal: AbortSignal): Promise<void> =>
    clock.sleep(limits.rateRetryBaseMs + backoffMs(failures, BACKOFF, chance.fraction()), signal),
});
