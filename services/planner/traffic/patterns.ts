/** Traffic by name: the reference week, and the specification's three sizes of it. */
import type { ProfileName } from "../../contract/profiles.ts";
import { makeWeek, referenceMonday } from "./make-week.ts";
import type { Traffic } from "./traffic.ts";

const WEEK = 7 * 24 * 3_600_000;

/** Highest number of active runs, and the fleet that is meant for it. */
export const patterns = {
  "reference-week": { peak: 10_000, profile: "surge", about: "the specification's week, 10,000 runs at its peak" },
  baseline: { peak: 2_000, profile: "standard", about: "the same week with 2,000" },
  peak: { peak: 5_000, profile: "large", about: "the same week with 5,000" },
  surge: { peak: 12_000, profile: "surge", about: "the same week with 12,000" },
} as const satisfies Readonly<Record<string, { peak: number; profile: ProfileName; about: string }>>;
export type PatternName = keyof typeof patterns;

/** The week, and the one before it with other chance, which is what a policy can have learned from. */
export function patternWeeks(
  name: PatternName,
  peak: number,
  seed: number,
): { readonly traffic: Traffic; readonly earlier: Traffic } {
  const week = { name, peak, mondayMs: referenceMonday };
  return {
    traffic: makeWeek({ ...week, seed }),
    earlier: makeWeek({ ...week, seed: seed + 1, mondayMs: referenceMonday - WEEK }),
  };
}
