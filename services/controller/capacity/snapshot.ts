/** Takes the snapshot that a decision looks at: what each source says now, each for itself, and what was kept. */
import { type CapacitySnapshot, type ManualOrder, noCapacityMemory, type PoolAnswer } from "../../contract/capacity.ts";
import { type DemandProfile, noDemandProfile } from "../../contract/capacity-profile.ts";
import type { WorkerItem } from "../../contract/fleet.ts";
import { limits } from "../../contract/limits.ts";
import type { ScalingState } from "../../contract/scaling.ts";
import { inForce } from "../../core/capacity/bounds.ts";
import { dated } from "../../core/capacity/first-seen.ts";
import { fleetCpu } from "../../core/capacity/fleet-cpu.ts";
import { detailOf } from "../message-of.ts";
import { readFleet } from "../read-fleet.ts";
import type { World } from "../world.ts";
import { fleetBudget } from "./fleet-budget.ts";
import { laneDemand } from "./lane-demand.ts";
import { type KeptPaces, type ModelRates, modelRates } from "./model-rates.ts";
import { poolSignals, unheardPools } from "./pool-signals.ts";
import type { Scaling } from "./scaling.ts";

/** What this leader knows from before: the state that was kept, the learned week, and how busy the fleet was of late. */
export type Known = {
  readonly state: ScalingState | undefined;
  readonly profile: DemandProfile | undefined;
  readonly activeMean: number | undefined;
  readonly turn: number;
};

/**
 * The snapshot, with what it was made of: workers to tell, machines by their first sight, answers that are now heard, paces
 * that are now known.
 */
export type Taken = KeptPaces & {
  readonly snapshot: CapacitySnapshot;
  readonly workers: readonly WorkerItem[];
  readonly firstSeen: ScalingState["firstSeen"];
  readonly heard: ScalingState["heard"];
  readonly spend: ScalingState["spend"];
  /** An order whose time is over. */
  readonly expired: ManualOrder | undefined;
};

const keyOf = ({ pool, kind }: PoolAnswer): string => `${pool} ${kind}`;

/**
 * Answers from outside that were not heard yet, and all that are heard now. What happened before anybody listened is news for
 * a minute.
 */
function newsOf(answers: readonly PoolAnswer[], state: ScalingState | undefined, nowMs: number) {
  const heard = { ...state?.heard };
  const news = answers.filter((answer) => answer.atMs > (heard[keyOf(answer)] ?? nowMs - limits.poolProbeMs));
  for (const answer of news) heard[keyOf(answer)] = answer.atMs;
  return { news, heard };
}

async function pools(world: World, scaling: Scaling, before: ScalingState["firstSeen"]) {
  const [all, fleet] = await Promise.all([scaling.capacity.observe(), readFleet(world.fleet).catch(detailOf)]);
  const { pools: seen, firstSeen } = dated(all, before);
  if (typeof fleet === "string") {
    const cpu = { kind: "unknown" as const, because: fleet };
    return { workers: [], states: unheardPools(seen, fleet), firstSeen, cpu };
  }
  return { workers: fleet, states: poolSignals(seen, fleet), firstSeen, cpu: fleetCpu(fleet, world.clock.nowMs()) };
}

const none = { kind: "none" } as const;

/** Throws when the pools cannot be asked or the orders not read: then nothing is decided. */
export async function takeSnapshot(world: World, scaling: Scaling, known: Known): Promise<Taken> {
  const { desk } = scaling.stores;
  const { state } = known;
  const [{ workers, states, firstSeen, cpu }, lanes, order, answers] = await Promise.all([
    pools(world, scaling, state?.firstSeen),
    laneDemand(world, known.turn),
    desk.order(),
    desk.answers(),
  ]);
  const nowMs = world.clock.nowMs();
  const kept = { paces: state?.paces ?? {}, calledAtMs: state?.calledAtMs ?? {} };
  const sinceMs = state === undefined ? 0 : Math.max(0, nowMs - state.atMs);
  const { limiter, rate } = scaling;
  const model: ModelRates =
    limiter === undefined || rate === undefined
      ? { signal: none, ...kept }
      : await modelRates(limiter, rate, { ...kept, nowMs, active: known.activeMean, sinceMs });
  const spent = { spend: state?.spend, active: known.activeMean, nowMs };
  const budget = await fleetBudget(world.budgets, scaling.budgets ?? {}, spent);
  const { news, heard } = newsOf(answers, state, nowMs);
  const lasting = inForce(order, nowMs);
  return {
    workers,
    firstSeen,
    heard,
    paces: model.paces,
    calledAtMs: model.calledAtMs,
    spend: budget.spend,
    expired: lasting === undefined ? order : undefined,
    snapshot: {
      pools: states,
      lanes,
      isolated: none,
      cpu: scaling.cpu === true ? cpu : none,
      model: model.signal,
      budget: budget.signal,
      profile:
        scaling.learn === undefined ? none : { kind: "known", atMs: nowMs, value: known.profile ?? noDemandProfile },
      order: lasting,
      answers: [...(state?.answers ?? []), ...news].slice(-limits.answersMax),
      memory: state?.memory ?? noCapacityMemory,
    },
  };
}
