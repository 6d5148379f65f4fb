/** How long cached prefixes of a run should live: decided by the measured time between its calls, and by prices. Pure. */
import { type PriceBand, prices } from "../contract/models.ts";

/** Lives that the API offers for a cached prefix. */
export type CacheTtl = "5m" | "1h";

const LIFE_MS: Readonly<Record<CacheTtl, number>> = { "5m": 300_000, "1h": 3_600_000 };

/** A committed turn as the choice sees it: when its call began, and the length of its whole prompt as billed. */
export type TurnPace = { readonly startedAtMs: number; readonly promptTokens: number };

/** `ttl` undefined: writing to the cache would cost more than it saves. */
export type TtlChoice = { readonly ttl: CacheTtl | undefined; readonly because: string };

/** Turns that are looked at; older ones say little of what comes. */
const RECENT = 8;

/** Share of gaps that outlive an entry; an entry lives from the start of the call that wrote or read it. */
const missed = (gapsMs: readonly number[], ttl: CacheTtl): number =>
  gapsMs.filter((gap) => gap >= LIFE_MS[ttl]).length / gapsMs.length;

type Sizes = { readonly prefix: number; readonly fresh: number };

/** Cost of the prompt of one more turn, in pico-USD: a miss writes the whole prefix again, a hit reads it. */
function expected(band: PriceBand, { prefix, fresh }: Sizes, ttl: CacheTtl, misses: number): number {
  const write = ttl === "5m" ? band.cacheWrite5m : band.cacheWrite1h;
  return fresh * write + prefix * (misses * write + (1 - misses) * band.cacheRead);
}

/**
 * The cheapest of both lives and no caching, if the coming gaps are like the last ones. Depends only on committed turns and on
 * the price table, so that every worker that resumes the run chooses alike. The shorter life wins a tie. `unmeasured` is the choice while there was no gap.
 */
export function chooseTtl(model: string, turns: readonly TurnPace[], unmeasured: CacheTtl = "5m"): TtlChoice {
  const recent = turns.slice(-RECENT - 1);
  const gapsMs = recent.slice(1).map((turn, i) => turn.startedAtMs - (recent[i]?.startedAtMs ?? turn.startedAtMs));
  const last = recent.at(-1);
  if (last === undefined || gapsMs.length === 0)
    return { ttl: unmeasured, because: "no time between calls was measured yet" };
  const band = prices[model]?.bands.find((one) => last.promptTokens <= one.promptTokensMax);
  const long = missed(gapsMs, "5m");
  if (band === undefined || long === 0)
    return { ttl: "5m", because: `the last ${gapsMs.length} calls came within 5 min` };
  const sizes = { prefix: last.promptTokens, fresh: last.promptTokens / turns.length };
  const costs = {
    "5m": expected(band, sizes, "5m", long),
    "1h": expected(band, sizes, "1h", missed(gapsMs, "1h")),
    none: (sizes.prefix + sizes.fresh) * band.input,
  };
  const gaps = `${Math.round(long * gapsMs.length)} of the last ${gapsMs.length} calls came after more than 5 min`;
  if (costs.none < Math.min(costs["5m"], costs["1h"]))
    return { ttl: undefined, because: `${gaps}; no entry lives that long` };
  return costs["1h"] < costs["5m"]
    ? { ttl: "1h", because: `${gaps}; a life of 1 h costs less` }
    : { ttl: "5m", because: `${gaps}; a life of 5 min costs less all the same` };
}
