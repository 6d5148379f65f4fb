/** Pools as one controller calls them, and what a scaler tells workers: what leaves and what arrives is told to the watch over scaling. */
import type { MemoryCapacity } from "../../../services/adapters/memory/capacity.ts";
import type { PoolTarget } from "../../../services/contract/capacity.ts";
import type { Pool, WorkerId } from "../../../services/contract/ids.ts";
import { StoreOutage } from "../../../services/core/store-outage.ts";
import type { Acting, ActOutcome, Capacity, PoolOutcome } from "../../../services/ports/capacity.ts";
import type { FleetStore } from "../../../services/ports/fleet-store.ts";
import type { ScalingWatch, TrueMachine, TruePool, TrueWorker } from "../checks/scaling.ts";
import type { Dice } from "../engine/dice.ts";
import type { Faults } from "../engine/faults.ts";
import type { Network } from "../engine/network.ts";
import type { SimProcess } from "../engine/sim-process.ts";

/** The pools of a world, and its machines as they are. */
export type TruePools = {
  readonly capacity: MemoryCapacity;
  truth(pool: Pool): TruePool;
  homeOf(id: WorkerId): { readonly machine: TrueMachine; readonly worker: TrueWorker } | undefined;
  /** Carries an act out: machines that end now are ended by it. */
  act: Capacity["act"];
};

export type CapacityParts = {
  readonly network: Network;
  readonly dice: Dice;
  readonly faults: Faults;
  readonly watch: ScalingWatch;
  readonly pools: TruePools;
  /** In the middle of an act something may happen to who acts. */
  strike(process: SimProcess): void;
};

const ANSWER_LOST = 0.1;

/** Capacity behind the network of one process. */
export function simCapacity(parts: CapacityParts, process: SimProcess): Capacity {
  const { network, dice, faults, watch, pools, strike } = parts;

  /** A target arrives at its pool. */
  async function arrive(target: PoolTarget, by: Acting): Promise<ActOutcome> {
    watch.arrives(target, pools.truth(target.pool));
    const [done] = await pools.act([target], { ...by, isMine: async () => true });
    if (done === undefined) throw new Error("a target has an outcome");
    if (!faults.may("act-answer-lost") || !dice.happens(ANSWER_LOST)) return done.outcome;
    faults.count("act-answer-lost");
    throw new StoreOutage("capacity.act: done, but the answer was lost");
  }

  /** A target leaves the process, unless another may lead. */
  async function send(target: PoolTarget, by: Acting): Promise<ActOutcome> {
    if (!(await by.isMine())) return { kind: "fenced", because: "another may lead" };
    watch.sends(process, "act");
    strike(process);
    const call = { name: "capacity.act", isWrite: true, act: () => arrive(target, by) };
    return network.call(process, call).catch((error: unknown) => ({ kind: "failed", because: String(error) }));
  }

  return {
    observe: async () => {
      const seen = await network.call(process, {
        ...{ name: "capacity.observe", isWrite: false },
        act: () => pools.capacity.observe(),
      });
      watch.seen(process, seen);
      return seen;
    },
    act: async (targets, by) => {
      watch.targets(process, targets);
      const outcomes: PoolOutcome[] = [];
      for (const target of targets) outcomes.push({ pool: target.pool, outcome: await send(target, by) });
      return outcomes;
    },
  };
}

/** The fleet as a scaler tells it what to do: `kept` behind the network. */
export function heardFleet(kept: FleetStore, { watch, pools }: CapacityParts): FleetStore {
  return {
    ...kept,
    notify: (id, entry) => {
      const home = pools.homeOf(id);
      if (home !== undefined && entry.kind === "cordon") watch.cordons(home.machine, pools.truth(home.machine.pool));
      return kept.notify(id, entry);
    },
    requestDrain: (id, byMs) => {
      const home = pools.homeOf(id);
      if (home !== undefined) watch.drains(home.machine, home.worker);
      return kept.requestDrain(id, byMs);
    },
  };
}

/** The fleet as a scaler of one process calls it: `ports` are those of the process. */
export const toldFleet = (ports: FleetStore, { watch, strike }: CapacityParts, process: SimProcess): FleetStore => ({
  ...ports,
  notify: (id, entry) => {
    if (entry.kind === "cordon") watch.sends(process, "cordon");
    strike(process);
    return ports.notify(id, entry);
  },
  requestDrain: (id, byMs) => {
    watch.sends(process, "drain");
    strike(process);
    return ports.requestDrain(id, byMs);
  },
});
