/** Runs seeds one after the other and tells of each; what all of them came to is for the caller to add up. */
import { drawOptions, type Options, type Settled } from "./engine/options.ts";
import type { Extras, Outcome } from "./outcome.ts";
import { Simulation } from "./simulate.ts";

/** What one seed came to, with its options and the CPU time that it took. */
export type SeedResult = { readonly options: Options; readonly outcome: Outcome; readonly cpuMs: number };

/** One seed. */
export async function runSeed(seed: number, settled: Settled = {}, extras: Extras = {}): Promise<SeedResult> {
  const options = drawOptions(seed, settled);
  const before = process.cpuUsage();
  const outcome = await new Simulation(options, extras).run();
  const { user, system } = process.cpuUsage(before);
  return { options, outcome, cpuMs: (user + system) / 1_000 };
}
