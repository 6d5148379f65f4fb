/** Which rate of model calls the traffic needs. Pure. */

/** Tiers of the Claude API in requests a minute for a model class (Opus 5, Sonnet 5, Haiku 4.5). */
export const modelTiers = {
  asOf: "2026-08-22",
  source: "Anthropic's page of rate limits",
  tiers: [
    { name: "Start", callsPerMinute: 1_000 },
    { name: "Build", callsPerMinute: 5_000 },
    { name: "Scale", callsPerMinute: 10_000 },
  ],
} as const;

/** What the traffic asks for, and what the given rate feeds; `given` and `feedsRuns` are undefined when no rate was given. */
export type ModelTierAdvice = {
  readonly peakCallsPerMinute: number;
  readonly meanCallsPerMinute: number;
  readonly tier: string;
  readonly given: number | undefined;
  readonly feedsRuns: number | undefined;
};

/** Part of the peak that a tier must feed: in its busiest minute runs may be a twentieth slower. */
const PART = 0.95;

/** The lowest tier that feeds the peak. */
export function adviseModelTier(
  demand: { readonly peakRuns: number; readonly meanRuns: number; readonly callsPerRunMinute: number },
  given: number | undefined,
): ModelTierAdvice {
  const peakCallsPerMinute = demand.peakRuns * demand.callsPerRunMinute;
  const tier = modelTiers.tiers.find(({ callsPerMinute }) => callsPerMinute >= peakCallsPerMinute * PART);
  return {
    peakCallsPerMinute,
    meanCallsPerMinute: demand.meanRuns * demand.callsPerRunMinute,
    tier: tier?.name ?? "above Scale: a limit by contract, several model classes, or a second platform",
    given,
    feedsRuns: given === undefined ? undefined : Math.floor(given / demand.callsPerRunMinute),
  };
}
