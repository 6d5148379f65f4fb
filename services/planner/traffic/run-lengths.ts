/** How long runs are active: between ten seconds and an hour, most of them minutes (a log-normal, cut at both ends). */
import type { SeededChance } from "./chance.ts";

/** Median and spread of the logarithm; shortest and longest (ms). */
export const runLengths = { medianMs: 120_000, sigma: 1.2, leastMs: 10_000, mostMs: 3_600_000 } as const;

const cut = (ms: number): number => Math.min(runLengths.mostMs, Math.max(runLengths.leastMs, ms));

/** One length, in ms. */
export const drawLength = (chance: SeededChance): number =>
  cut(runLengths.medianMs * Math.exp(runLengths.sigma * chance.normal()));

/** Error function (Abramowitz and Stegun 7.1.26; wrong by less than 2e-7). */
function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - poly * Math.exp(-x * x));
}

/** Part of the runs that is still active after `ms`. */
export function surviving(ms: number): number {
  if (ms < runLengths.leastMs) return 1;
  if (ms >= runLengths.mostMs) return 0;
  return 0.5 - 0.5 * erf(Math.log(ms / runLengths.medianMs) / (runLengths.sigma * Math.SQRT2));
}

/** Mean length, in ms: the sum of what survives. */
export function meanLength(): number {
  const stepMs = 1_000;
  let sum = 0;
  for (let ms = 0; ms < runLengths.mostMs; ms += stepMs) sum += surviving(ms) * stepMs;
  return sum;
}
