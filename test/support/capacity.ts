/** Builders for capacity decisions. */
import {
  type CapacityDecision,
  type CapacitySnapshot,
  type Machine,
  machineId,
  noCapacityMemory,
  type PoolState,
  type Signal,
} from "../../services/contract/capacity.ts";
import type { BecauseKind } from "../../services/contract/capacity-because.ts";
import {
  type CapacityPolicy,
  type CapacityPolicyInput,
  capacityPolicy,
} from "../../services/contract/capacity-policy.ts";
import type { Pool } from "../../services/contract/ids.ts";
import { decide } from "../../services/core/capacity/decide.ts";

/** Friday 2026-11-20, noon UTC. */
export const NOON = Date.UTC(2026, 10, 20, 12);

/** A policy with defaults. */
export const policyOf = (input: CapacityPolicyInput = {}): CapacityPolicy => capacityPolicy.parse(input);

/** A measurement of now. */
export const known = <T>(value: T, atMs = NOON): Signal<T> => ({ kind: "known", atMs, value });
/** A measurement that failed. */
export const unknown: Signal<never> = { kind: "unknown", because: "the test says so" };
/** Nothing of the kind. */
export const none: Signal<never> = { kind: "none" };

let made = 0;

/** A machine that runs since long, with 64 slots. */
export function running(
  active = 0,
  over: { id?: string; slots?: number; takes?: boolean; launchedAtMs?: number } = {},
): Machine {
  const { id = `m-${++made}`, slots = 64, takes = true, launchedAtMs = NOON - 3_600_000 } = over;
  return { id: machineId.parse(id), launchedAtMs, kind: "working", takes, slots, active };
}

/** A machine that no worker has spoken from, for so long. */
export function silent(forMs: number, over: { id?: string } = {}): Machine {
  const { id = `m-${++made}` } = over;
  return { id: machineId.parse(id), launchedAtMs: NOON - forMs, kind: "silent", sinceMs: NOON - forMs };
}

/** So many machines with equal numbers of runs. */
export const many = (count: number, make: () => Machine): Machine[] => Array.from({ length: count }, make);

/** A pool with its machines; told to have what it has. */
export function pool(
  name: Pool,
  machines: readonly Machine[] = [],
  over: Partial<PoolState> = {},
): CapacitySnapshot["pools"][number] {
  return {
    pool: name,
    state: known({ pool: name, min: 0, max: 200, desired: machines.length, machines, ...over }),
  };
}

/** A snapshot in which nothing waits, nothing is limited, and nothing is remembered. */
export function snapshotOf(over: Partial<CapacitySnapshot> & { visible?: number } = {}): CapacitySnapshot {
  const { visible = 0, ...given } = over;
  return {
    pools: [pool("spot"), pool("on-demand", [], { max: 50 }), pool("fargate-spot"), pool("fargate")],
    lanes: { high: known({ visible: 0 }), normal: known({ visible }), low: known({ visible: 0 }) },
    isolated: none,
    cpu: none,
    model: none,
    budget: none,
    profile: none,
    order: undefined,
    answers: [],
    memory: noCapacityMemory,
    ...given,
  };
}

/** A memory in which the need of a whole window is known. */
export const steadyNeed = (slots: number, minutes = 10, nowMs = NOON): typeof noCapacityMemory => ({
  ...noCapacityMemory,
  needs: Array.from({ length: minutes + 1 }, (_, i) => ({ minute: nowMs / 60_000 - minutes + i, slots })),
});

/** A snapshot where it differs from a quiet one. */
export type Given = Partial<CapacitySnapshot> & { visible?: number };
/** What is decided of it, at noon unless told otherwise. */
export const decided = (given: Given, policy: CapacityPolicyInput = {}, nowMs = NOON): CapacityDecision =>
  decide(snapshotOf(given), policyOf(policy), nowMs);
/** Targets in machines. */
export const machinesOf = ({ targets }: CapacityDecision): Partial<Record<Pool, number>> =>
  Object.fromEntries(targets.map(({ pool: name, machines }) => [name, machines]));
/** Kinds of the reasons. */
export const kindsOf = ({ because }: CapacityDecision): BecauseKind[] => because.map(({ kind }) => kind);
/** The target of a pool; throws when it has none. */
export const targetOf = ({ targets }: CapacityDecision, name: Pool) => {
  const found = targets.find((target) => target.pool === name);
  if (found === undefined) throw new Error(`${name} has no target`);
  return found;
};
/** How many machines are told to take no new run. */
export const cordoned = ({ targets }: CapacityDecision): number =>
  targets.reduce((sum, target) => sum + target.cordon.length, 0);
