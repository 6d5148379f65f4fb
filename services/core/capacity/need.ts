/** How many slots the demand asks for: every signal that asks says how many, and the highest wins. Pure. */
import type { CapacityMemory, CapacitySnapshot } from "../../contract/capacity.ts";
import type { Because } from "../../contract/capacity-because.ts";
import type { CapacityPolicy } from "../../contract/capacity-policy.ts";
import type { Demand, Unknown } from "./fleet-view.ts";
import { haveOf } from "./pool-view.ts";
import { foretell } from "./profile.ts";
import { type Reading, read } from "./signal.ts";
import { type StepNeed, stepNeed } from "./step-table.ts";
import type { SuppliedPool, Supply } from "./supply.ts";
import { noteDemand, trendSlots } from "./trend.ts";

/** What the need is made of. */
export type NeedInput = {
  readonly policy: CapacityPolicy;
  readonly demand: Demand;
  readonly pools: readonly SuppliedPool[];
  readonly supply: Supply;
  readonly isolated: number;
  readonly cpu: Reading<{ readonly percent: number }>;
  readonly profile: CapacitySnapshot["profile"];
  readonly memory: CapacityMemory;
  readonly nowMs: number;
};

/**
 * `demand`: runs that wait and run. `slots`: what is to be there. `keep`: what is not to leave, at least `slots`. `unknown`: what would have to
 * be known before anything leaves.
 */
export type Need = {
  readonly demand: number;
  readonly slots: number;
  readonly keep: number;
  readonly because: readonly Because[];
  readonly trend: NonNullable<CapacityMemory["trend"]>;
  readonly steppedAtMs: number | undefined;
  readonly unknown: readonly Unknown[];
};

type Claim = { readonly slots: number; readonly because: Because };

const bootMsOf = (pools: readonly SuppliedPool[]): number =>
  Math.max(0, ...pools.map(({ view }) => view.policy.bootMs));

/** Slots at which `upPercent` of them are in use. */
function utilisationClaim({ policy, supply: { active, running } }: NeedInput): Claim {
  const { upPercent } = policy.utilisation;
  const slots = Math.ceil((active * 100) / upPercent);
  const usedPercent = running === 0 ? 0 : Math.round((active * 100) / running);
  return { slots, because: { kind: "utilisation", usedPercent, upPercent, slots } };
}

/** More of what runs, while it is busy. Only a measurement of the present machines counts: before the last came up it was another fleet's. */
function cpuClaim({ policy, cpu, pools, supply: { running, startingMachines } }: NeedInput): Claim[] {
  if (cpu.kind !== "value") return [];
  const { percent } = cpu.value;
  const { outPercent } = policy.cpu;
  const since = Math.max(...pools.map(({ view }) => (view.newestMs ?? 0) + view.policy.bootMs));
  const settled = startingMachines === 0 && cpu.atMs >= since;
  if (percent <= outPercent || !settled) return [];
  const slots = Math.ceil((running * percent) / outPercent);
  return [{ slots, because: { kind: "cpu", percent: Math.round(percent), outPercent, slots } }];
}

function predictedClaim({ policy, profile, pools, nowMs }: NeedInput): {
  readonly claims: readonly Claim[];
  readonly because: readonly Because[];
  readonly unknown: readonly Unknown[];
} {
  const reading = read(profile, nowMs);
  if (reading.kind === "unknown")
    return { claims: [], because: [], unknown: [{ signal: "profile", why: reading.why }] };
  const { leadMs, leastWeeks } = policy.predictive;
  const aheadMs = bootMsOf(pools) + leadMs;
  const told = reading.kind === "none" ? undefined : foretell(reading.value, { nowMs, aheadMs, leastWeeks });
  if (told === undefined) return { claims: [], because: [{ kind: "unlearned", weeks: leastWeeks }], unknown: [] };
  return {
    claims: [{ slots: told.slots, because: { kind: "predicted", ...told, aheadMs } }],
    because: [],
    unknown: [],
  };
}

function stepOf({ policy, demand, pools, supply, isolated, memory, nowMs }: NeedInput): StepNeed {
  const [first] = pools;
  const there = pools.filter(({ view, pending }) => haveOf(view, pending) > 0);
  const ofIsolated = isolated * Math.max(0, ...there.map(({ view }) => view.slotsEach));
  return stepNeed(policy.steps, {
    visible: demand.visible,
    // Machines of isolated runs are asked for beside the steps: what is there of them is no part of what a step adds to.
    haveSlots: Math.max(0, supply.running + supply.starting - ofIsolated),
    startingMachines: supply.startingMachines,
    firstSlots: first?.view.slotsEach ?? 1,
    steppedAtMs: memory.steppedAtMs,
    nowMs,
  });
}

/** What asks for slots, by the policy; reasons are those of the claims that decided, and the demand always. */
export function needOf(input: NeedInput): Need {
  const { policy, demand, pools, supply, isolated, memory, nowMs } = input;
  const waiting = demand.visible + supply.active;
  const trend = noteDemand(memory.trend, waiting, demand.atMs);
  const freeSlots = supply.running + supply.starting - waiting;
  const aheadMs = bootMsOf(pools);
  const ahead = trendSlots(trend, { freeSlots, bootMs: aheadMs });
  const asked: Claim = {
    slots: waiting,
    because: { kind: "demand", visible: demand.visible, active: supply.active, slots: waiting },
  };
  const growing: Claim[] =
    ahead === 0
      ? []
      : [
          {
            slots: waiting + ahead,
            because: { kind: "trend", perMinute: Math.round(trend.perMs * 60_000), aheadMs, slots: waiting + ahead },
          },
        ];
  const used = [utilisationClaim(input), ...cpuClaim(input)];
  const predicted = policy.kind === "predictive" ? predictedClaim(input) : { claims: [], because: [], unknown: [] };
  const step = policy.kind === "step" ? stepOf(input) : undefined;
  const claims = step === undefined ? [asked, ...growing, ...predicted.claims, ...used] : used;
  const slots = Math.ceil(Math.max(0, step?.slots ?? 0, ...claims.map((claim) => claim.slots)));
  const deciding = claims.filter((claim) => claim !== asked && claim.slots >= slots && claim.slots > waiting);
  return {
    demand: waiting,
    slots,
    keep: Math.max(slots, waiting),
    because: [
      asked.because,
      ...(isolated > 0 ? [{ kind: "isolated" as const, runs: isolated }] : []),
      ...deciding.map((claim) => claim.because),
      ...(step?.because ?? []),
      ...predicted.because,
    ],
    trend,
    steppedAtMs: step?.stepped === true ? nowMs : memory.steppedAtMs,
    unknown: predicted.unknown,
  };
}
