/** What every decision keeps, whatever it is shown. */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type CapacityDecision,
  type CapacitySnapshot,
  capacityMemory,
  noCapacityMemory,
  type PoolState,
  poolTarget,
} from "../../../../services/contract/capacity.ts";
import type { BecauseKind } from "../../../../services/contract/capacity-because.ts";
import type { CapacityPolicy } from "../../../../services/contract/capacity-policy.ts";
import type { Pool } from "../../../../services/contract/ids.ts";
import { limits } from "../../../../services/contract/limits.ts";
import { decide } from "../../../../services/core/capacity/decide.ts";
import { wordsOf } from "../../../../services/core/capacity/words.ts";
import { known, NOON, policyOf, unknown } from "../../../support/capacity.ts";
import { alike, policy, slotsOf, snapshot, waiting } from "../../../support/capacity-arbitraries.ts";

const stateOf = ({ pools: seen }: CapacitySnapshot, name: Pool): PoolState => {
  const found = seen.find(({ pool }) => pool === name)?.state;
  if (found?.kind !== "known") throw new Error(`${name} is not known`);
  return found.value;
};

const holds = (
  check: (shown: CapacitySnapshot, by: CapacityPolicy, decision: CapacityDecision) => void,
  numRuns = 150,
): void =>
  fc.assert(
    fc.property(snapshot, policy, (shown, by) => check(shown, by, decide(shown, by, NOON))),
    { numRuns },
  );

test("never above a pool's maximum by our doing, never fewer machines than there are, never below the minimum", () => {
  holds((shown, _, { targets }) => {
    for (const { pool, machines, end, cordon } of targets) {
      const state = stateOf(shown, pool);
      const staying = state.machines.length - end.length;
      expect(machines).toBeLessThanOrEqual(Math.max(state.max, staying));
      expect(machines).toBeGreaterThanOrEqual(staying);
      const told = new Set<string>([...shown.memory.leaving.map(({ id }) => id)]);
      const counted = state.machines.filter((one) => !told.has(one.id) && (one.kind === "silent" || one.takes));
      const fresh = cordon.filter((id) => !told.has(id));
      if (fresh.length > 0)
        expect(counted.length - fresh.length + state.desired - state.machines.length).toBeGreaterThanOrEqual(
          Math.min(state.min, state.max),
        );
    }
  });
});

test("only machines without a worker are ended, only those that take no runs are drained", () => {
  holds((shown, by, { targets }) => {
    const told = new Map(shown.memory.leaving.map(({ id, sinceMs }) => [id, sinceMs]));
    for (const { pool, end, drain } of targets) {
      const byId = new Map(stateOf(shown, pool).machines.map((machine) => [machine.id, machine]));
      for (const id of end) {
        const machine = byId.get(id);
        expect(machine?.kind).toBe("silent");
        const silentMs = machine?.kind === "silent" ? NOON - machine.sinceMs : 0;
        expect(told.has(id) || silentMs > limits.bootFailedMs).toBe(true);
      }
      for (const id of drain) {
        const machine = byId.get(id);
        const patient = NOON - (told.get(id) ?? NOON) <= by.scaleIn.patienceMs;
        if (machine?.kind !== "working") throw new Error(`${id} is no working machine`);
        if (patient) expect(machine).toMatchObject({ takes: false, active: 0 });
      }
    }
  });
});

/** What each kind of act may be explained by. */
const explains = {
  launch: ["launch", "return", "probe", "pool-min"],
  cordon: ["surplus", "above-max"],
  drain: ["idle", "impatient"],
  end: ["drained", "boot-failed"],
  back: ["no-capacity", "probe", "pool-max"],
} as const satisfies Record<string, readonly BecauseKind[]>;

test("every target says why, every act is explained by a reason of its kind, and every reason has words", () => {
  holds((shown, _, decision) => {
    for (const { pool, machines, cordon, drain, end, because } of decision.targets) {
      const kinds = new Set<BecauseKind>(because.map(({ kind }) => kind));
      const state = stateOf(shown, pool);
      const told = new Set<string>(shown.memory.leaving.map(({ id }) => id));
      const says = (act: keyof typeof explains): boolean => explains[act].some((kind) => kinds.has(kind));
      expect(because.length).toBeGreaterThan(0);
      if (machines > state.desired - end.length) expect(says("launch")).toBe(true);
      if (machines < Math.min(state.desired, state.max) - end.length) expect(says("back")).toBe(true);
      if (cordon.some((id) => !told.has(id))) expect(says("cordon")).toBe(true);
      if (drain.length > 0) expect(says("drain")).toBe(true);
      if (end.length > 0) expect(says("end")).toBe(true);
    }
    for (const reason of decision.because) expect(wordsOf(reason)).toMatch(/^\S.*\S$/);
  });
});

test("what is decided fits its schemas, and changes nothing that it was shown", () => {
  holds((shown, by, decision) => {
    const before = structuredClone(shown);
    expect(decide(shown, by, NOON)).toEqual(decision);
    expect(shown).toEqual(before);
    for (const target of decision.targets) poolTarget.parse(target);
    capacityMemory.parse(decision.memory);
  }, 100);
});

test("what misses a measurement holds: no machine is asked for beyond a floor, none is told to leave", () => {
  const blinded = fc.constantFrom<(shown: CapacitySnapshot) => CapacitySnapshot>(
    (shown) => ({ ...shown, lanes: { ...shown.lanes, high: unknown } }),
    (shown) => ({
      ...shown,
      lanes: { ...shown.lanes, normal: known({ visible: 3_000 }, NOON - limits.signalOldMs - 1) },
    }),
    (shown) => ({ ...shown, model: unknown }),
    (shown) => ({ ...shown, budget: unknown }),
    (shown) => ({ ...shown, isolated: unknown }),
    (shown) => ({
      ...shown,
      pools: [...shown.pools.filter(({ pool }) => pool !== "fargate"), { pool: "fargate", state: unknown }],
    }),
  );
  fc.assert(
    fc.property(snapshot, blinded, (shown, blind) => {
      const decision = decide(blind(shown), policyOf(), NOON);
      const told = new Set<string>(shown.memory.leaving.map(({ id }) => id));
      expect(decision.slots).toBeUndefined();
      for (const { pool, machines, cordon, end } of decision.targets) {
        const state = stateOf(shown, pool);
        const least = Math.max(
          state.desired - end.length,
          Math.min(state.max, state.machines.length - end.length + state.min),
        );
        expect(machines).toBeLessThanOrEqual(Math.max(least, state.machines.length - end.length));
        expect(cordon.filter((id) => !told.has(id))).toEqual([]);
      }
    }),
    { numRuns: 150 },
  );
});

test.each(["step", "backlog", "predictive"] as const)("%s: more that waits never means fewer machines", (kind) => {
  const backlog = fc.integer({ min: 0, max: 1_200 });
  fc.assert(
    fc.property(alike, backlog, backlog, (shown, one, other) => {
      const [fewer, more] = [Math.min(one, other), Math.max(one, other)];
      const by = policyOf({
        kind,
        steps: [
          { above: 100, addMachines: 3 },
          { above: 500, addMachines: 9 },
        ],
        pools: { local: { share: 1, slotsPerMachine: 10, bootMs: 5_000 } },
      });
      const slots = (visible: number): number => slotsOf(decide(waiting(shown, visible), by, NOON));
      expect(slots(more)).toBeGreaterThanOrEqual(slots(fewer));
    }),
    { numRuns: 150 },
  );
});

test("more is never asked for than the ceiling and the model rate allow, but for the rest of a machine and minimums", () => {
  fc.assert(
    fc.property(
      alike,
      fc.integer({ min: 0, max: 3_000 }),
      fc.integer({ min: 0, max: 300 }),
      (shown, visible, calls) => {
        const by = policyOf({
          ceilingSlots: 150,
          rateSpare: 1,
          pools: { local: { share: 1, slotsPerMachine: 10, bootMs: 5_000 } },
        });
        const model = known({
          classes: [{ limitClass: "a-model", callsPerMinute: calls, callsNowPerMinute: calls, callsPerRunMinute: 1 }],
        });
        const [target] = decide({ ...waiting(shown, visible), model }, by, NOON).targets;
        const before = stateOf(shown, "local").machines.length;
        expect(target?.machines).toBeLessThanOrEqual(Math.max(before, Math.ceil(Math.min(calls, 150) / 10)));
      },
    ),
  );
});

test("said again with what was asked for, a decision asks for nothing more", () => {
  fc.assert(
    fc.property(snapshot, fc.constantFrom("step" as const, "backlog" as const), (shown, kind) => {
      const by = policyOf({ kind });
      const first = decide({ ...shown, memory: noCapacityMemory }, by, NOON);
      const asked = shown.pools.map(({ pool }) => {
        const { machines, end } = first.targets.find((target) => target.pool === pool) ?? { machines: 0, end: [] };
        const ended = new Set<string>(end);
        const state = stateOf(shown, pool);
        const left = state.machines.filter(({ id }) => !ended.has(id));
        return { pool, state: known({ ...state, desired: machines, machines: left }) };
      });
      const again = decide({ ...shown, pools: asked, memory: first.memory }, by, NOON + 2_000);
      for (const { pool, machines } of again.targets) {
        const before = first.targets.find((target) => target.pool === pool);
        // What leaves or has left makes room, or is missing, and may be made up for at once.
        const room = first.targets.some(({ end, cordon }) => end.length + cordon.length > 0);
        if (!room) expect(machines).toBeLessThanOrEqual(before?.machines ?? 0);
      }
    }),
    { numRuns: 150 },
  );
});
