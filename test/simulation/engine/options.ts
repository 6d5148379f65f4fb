/** The options of a seed, all drawn from it: each seed is another world with another subset of faults (swarm testing). */
import { Dice } from "./dice.ts";
import { drawFaults, type FaultName } from "./faults.ts";
import { drawScaled, mostWorkers, type Scaled } from "./scaled.ts";

export type Options = {
  readonly seed: number;
  readonly runs: number;
  readonly workers: number;
  readonly slots: number;
  readonly faults: readonly FaultName[];
  /** Chance that a call to a store or queue goes wrong, in calm weather and in a storm. */
  readonly calm: number;
  readonly storm: number;
  /** Mean time between storms, and between strikes at processes. */
  readonly stormEveryMs: number;
  readonly strikeEveryMs: number;
  readonly latencyMs: number;
  readonly turnMs: number;
  readonly modelFaults: number;
  readonly submitOverMs: number;
  readonly visibilityMs: number;
  readonly receiveWaitMs: number;
  /** Chance that somebody sees a worker's end at once, as a supervisor does. */
  readonly supervised: number;
  readonly cancels: number;
  readonly tightBudgets: number;
  readonly indexLagMs: number;
  /** Shares of runs that are pure, with few different plans, and of runs that may wait. */
  readonly pure: number;
  readonly relaxed: number;
  /** Tenants that submit, and what each may spend in the day, and all in the hour; absent: not limited. */
  readonly tenants: number;
  readonly tenantBudget: number | undefined;
  readonly fleetBudget: number | undefined;
  /** Chance that a caller lets a run go on that has ended, and that the first call of a run is rejected. */
  readonly redrives: number;
  readonly cursed: number;
  /** Chance that a run kills the worker that calls for it, again and again. */
  readonly poison: number;
  /** Queued runs of a tenant in a lane, active runs of a tenant, calls a minute; undefined: so many that nobody meets the bound. */
  readonly queuedMax: number | undefined;
  readonly tenantActiveMax: number | undefined;
  readonly callsPerMinute: number | undefined;
  /** Machines come and go by the controller's decisions; else a fixed number of workers is there. */
  readonly scaled: Scaled | undefined;
};

/** What the command line may settle for every seed. */
export type Settled = Partial<
  Pick<Options, "runs" | "workers" | "slots" | "faults" | "tenants" | "tenantBudget" | "pure" | "relaxed">
> &
  Partial<
    Pick<
      Options,
      | "calm"
      | "supervised"
      | "cancels"
      | "redrives"
      | "cursed"
      | "poison"
      | "submitOverMs"
      | "queuedMax"
      | "tenantActiveMax"
      | "callsPerMinute"
    >
  > & { readonly scaled?: boolean };

const RUNS = 1_000;
const WORKERS = 20;
const TENANTS = 3;
/** About what a run costs: its turns times the model's price of one, in micro-USD. */
const RUN_COSTS = 290;

/** None where a budget is to be used up: batches are booked there at what they may cost. */
function savings(seed: number, { tenantBudget, pure, relaxed }: Settled): Pick<Options, "pure" | "relaxed"> {
  const dice = new Dice(seed, 100);
  const drawn = { pure: dice.pick([0, 0.1, 0.3]), relaxed: dice.pick([0, 0, 0.1, 0.3]) };
  if (tenantBudget !== undefined) return { pure: 0, relaxed: 0 };
  return { pure: pure ?? drawn.pure, relaxed: relaxed ?? drawn.relaxed };
}

/** Chance that a seed's world is scaled, where nothing else is settled that tells how many workers there are, or which faults. */
const SCALED = 0.15;

function scaledOf(seed: number, slots: number, settled: Settled): Scaled | undefined {
  const dice = new Dice(seed, 101);
  const drawn = dice.happens(SCALED);
  const isFree = [settled.workers, settled.faults, settled.tenantBudget].every((one) => one === undefined);
  return (settled.scaled ?? (drawn && isFree)) ? drawScaled(dice, slots) : undefined;
}

/** A scaled world lasts longer, so it is struck less often. */
const STRIKES_LESS = 4;

/** Draws the options of a seed. Faults that are named are all on; else each is on with a chance of its own. */
export function drawOptions(seed: number, settled: Settled = {}): Options {
  const slots = settled.slots ?? new Dice(seed, 102).pick([4, 8]);
  const scaled = scaledOf(seed, slots, settled);
  const drawn = drawWorld(seed, settled, scaled);
  if (scaled === undefined) return drawn;
  const { strikeEveryMs } = drawn;
  const submitOverMs = scaled.waves * scaled.waveEveryMs;
  return { ...drawn, slots, submitOverMs, workers: mostWorkers(scaled), strikeEveryMs: STRIKES_LESS * strikeEveryMs };
}

function drawWorld(seed: number, settled: Settled, scaled: Scaled | undefined): Options {
  const dice = new Dice(seed, 0);
  const share = dice.between(0.3, 0.9);
  const drawn = drawFaults(dice, share, { later: new Dice(seed, 104), scaling: scaled && new Dice(seed, 103) });
  const runs = settled.runs ?? RUNS;
  const workers = settled.workers ?? WORKERS + dice.int(0, 4);
  const slots = dice.pick([4, 8, 12, 16]);
  /** What a share of all runs costs; no limit for none. */
  const afford = (share: number) => (share === 0 ? undefined : Math.ceil(runs * share * RUN_COSTS));
  const bound = (most: number) => (most === 0 ? undefined : most);
  return {
    seed,
    runs,
    workers,
    slots: settled.slots ?? slots,
    faults: settled.faults ?? drawn,
    calm: settled.calm ?? dice.pick([0, 0.001, 0.005, 0.02]),
    storm: dice.pick([0.05, 0.2, 0.5, 0.9]),
    stormEveryMs: dice.between(20_000, 120_000),
    strikeEveryMs: dice.between(1_000, 15_000),
    latencyMs: dice.pick([1, 5, 20, 100]),
    turnMs: dice.pick([300, 1_500, 5_000]),
    // More of them keep the breaker open: nothing else would happen in such a world.
    modelFaults: dice.pick([0.005, 0.02, 0.04]),
    submitOverMs: settled.submitOverMs ?? dice.between(5_000, 90_000),
    visibilityMs: dice.pick([65_000, 120_000, 900_000]),
    receiveWaitMs: dice.pick([2_000, 20_000]),
    supervised: settled.supervised ?? dice.pick([0, 0.5, 1]),
    cancels: settled.cancels ?? dice.pick([0, 0.02, 0.1]),
    tightBudgets: dice.pick([0, 0.1]),
    indexLagMs: dice.pick([200, 2_000]),
    ...savings(seed, settled),
    tenants: settled.tenants ?? TENANTS,
    tenantBudget: settled.tenantBudget ?? afford(dice.happens(0.1) ? dice.pick([0.1, 0.2, 0.3]) : 0),
    fleetBudget: settled.tenantBudget === undefined ? afford(dice.happens(0.05) ? 0.5 : 0) : undefined,
    redrives: settled.redrives ?? dice.pick([0, 0.05, 0.3]),
    cursed: settled.cursed ?? dice.pick([0, 0, 0.01]),
    poison: settled.poison ?? dice.pick([0, 0, 0.002]),
    queuedMax: settled.queuedMax ?? bound(dice.pick([0, 0, 0, 60])),
    tenantActiveMax: settled.tenantActiveMax ?? bound(dice.pick([0, 0, 0, 0, 30])),
    callsPerMinute: settled.callsPerMinute ?? bound(dice.pick([0, 0, 0, 0, 3_000])),
    scaled,
  };
}
