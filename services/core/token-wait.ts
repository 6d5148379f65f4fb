/** How far the tokens of a limit class are in use, by its clocks: what calls reserved, corrected by what they used. Pure. */
import { limits } from "../contract/limits.ts";
import type { Amounts, RateControl } from "../contract/rate.ts";
import { burstOf, positionsAt, whenReached } from "./rate-clock.ts";

type Clocks = { readonly control: RateControl; readonly positions: Amounts };
const tokens = ["input", "output"] as const;

/** Whether calls may wait for tokens: of the credit for a burst, little is left on one of the clocks (`limits.paceBusyShare` is used). */
export function tokensBusy({ control, positions }: Clocks, nowMs: number): boolean {
  const [now, burst] = [positionsAt(control, nowMs), burstOf(control)];
  return tokens.some((one) => now[one] - positions[one] < burst[one] * (1 - limits.paceBusyShare));
}

/** Whether the next call would wait for tokens, and for longer than one large call makes the others wait (`limits.tokensWaitMs`). */
export const waitsForTokens = ({ control, positions }: Clocks, nowMs: number): boolean =>
  tokens.some((one) => whenReached(control, one, positions[one]) > nowMs + limits.tokensWaitMs);
