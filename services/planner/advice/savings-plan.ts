/** How many On-Demand machines are worth a commitment: those that run more than a part of the time. Pure. */
import { discounts, HOURS_PER_MONTH } from "../../contract/capacity-prices.ts";

/** The specification's part of the time above which a machine is committed to. */
export const LEAST_USE = 0.6;

/**
 * `machines`: how many to commit to. `usdPerMonth`: the commitment. `savedUsdPerMonth`: against paying On-Demand prices for what ran. `breakEvenUse`:
 * below this use a committed machine costs more than an On-Demand one.
 */
export type SavingsPlanAdvice = {
  readonly machines: number;
  readonly usdPerMonth: number;
  readonly savedUsdPerMonth: number;
  readonly breakEvenUse: number;
};

/** Part of the time in which at least `machines` ran. */
const useOf = (running: Float32Array, machines: number): number =>
  running.reduce((times, now) => times + (now >= machines ? 1 : 0), 0) / Math.max(1, running.length);

/** `running`: machines at even distances of time. A machine is taken while its use is above both marks. */
export function adviseSavingsPlan(
  running: Float32Array,
  usdPerHour: number,
  discount: number = discounts.savingsPlan,
): SavingsPlanAdvice {
  const breakEvenUse = 1 - discount;
  const least = Math.max(LEAST_USE, breakEvenUse);
  let machines = 0;
  let savedUsdPerHour = 0;
  for (let use = useOf(running, 1); use > least; use = useOf(running, machines + 1)) {
    machines++;
    savedUsdPerHour += (use - breakEvenUse) * usdPerHour;
  }
  const usdPerMonth = machines * usdPerHour * breakEvenUse * HOURS_PER_MONTH;
  return { machines, usdPerMonth, savedUsdPerMonth: savedUsdPerHour * HOURS_PER_MONTH, breakEvenUse };
}
