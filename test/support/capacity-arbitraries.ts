/** Generators of capacity snapshots. */
import fc from "fast-check";
import {
  type CapacityDecision,
  type CapacityMemory,
  type CapacitySnapshot,
  type Machine,
  machineId,
  type PoolState,
  type Signal,
} from "../../services/contract/capacity.ts";
import { type CapacityPolicy, poolOrder } from "../../services/contract/capacity-policy.ts";
import type { Pool } from "../../services/contract/ids.ts";
import { known, NOON, none, policyOf, snapshotOf, steadyNeed } from "./capacity.ts";

const MINUTE = 60_000;

const machineBody = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("working" as const),
      takes: fc.boolean(),
      slots: fc.integer({ min: 0, max: 128 }),
      active: fc.integer({ min: 0, max: 64 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("silent" as const),
      sinceMs: fc.integer({ min: NOON - 20 * MINUTE, max: NOON }),
    }),
  },
);

const poolState = (pool: Pool): fc.Arbitrary<PoolState> =>
  fc
    .record({
      min: fc.integer({ min: 0, max: 5 }),
      room: fc.integer({ min: 0, max: 30 }),
      asked: fc.integer({ min: 0, max: 5 }),
      bodies: fc.array(machineBody, { maxLength: 12 }),
    })
    .map(({ min, room, asked, bodies }) => {
      const machines = bodies.map((body, i): Machine => {
        const launchedAtMs = body.kind === "silent" ? body.sinceMs : NOON - 60 * MINUTE;
        return { id: machineId.parse(`${pool}-${i}`), launchedAtMs, ...body };
      });
      return { pool, min, max: min + room, desired: machines.length + asked, machines };
    });

const signal = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Signal<T>> =>
  fc.oneof({ weight: 6, arbitrary: value.map((one) => known(one)) }, { weight: 2, arbitrary: fc.constant(none) });

const memory: fc.Arbitrary<CapacityMemory> = fc
  .record({
    need: fc.integer({ min: 0, max: 500 }),
    minutes: fc.integer({ min: 0, max: 10 }),
    told: fc.subarray([0, 1, 2, 3]),
    open: fc.boolean(),
  })
  .map(({ need, minutes, told, open }) => ({
    ...steadyNeed(need, minutes),
    leaving: told.map((i) => ({
      id: machineId.parse(`spot-${i}`),
      pool: "spot" as const,
      sinceMs: NOON - i * 8 * MINUTE,
    })),
    pools: open
      ? {
          spot: {
            breaker: {
              kind: "open" as const,
              cause: "unfilled" as const,
              atMs: NOON - 90_000,
              probeAtMs: NOON - 1,
              probes: 0,
            },
            levels: [],
          },
        }
      : {},
  }));

const pools = fc
  .subarray([...poolOrder], { minLength: 1 })
  .chain((names) => fc.tuple(...names.map((pool) => poolState(pool).map((state) => ({ pool, state: known(state) })))));

/** Any fleet, any demand. */
export const snapshot: fc.Arbitrary<CapacitySnapshot> = fc
  .record({
    pools,
    visible: fc.integer({ min: 0, max: 3_000 }),
    isolated: signal(fc.record({ runs: fc.integer({ min: 0, max: 5 }) })),
    cpu: signal(fc.record({ percent: fc.integer({ min: 0, max: 100 }) })),
    model: signal(
      fc.record({ calls: fc.integer({ min: 0, max: 3_000 }) }).map(({ calls }) => ({
        classes: [{ limitClass: "a-model", callsPerMinute: calls, callsNowPerMinute: calls, callsPerRunMinute: 1 }],
      })),
    ),
    memory,
  })
  .map(snapshotOf);

/** A policy of each kind. */
export const policy: fc.Arbitrary<CapacityPolicy> = fc
  .record({
    kind: fc.constantFrom("step" as const, "backlog" as const, "predictive" as const),
    floorSlots: fc.integer({ min: 0, max: 100 }),
    ceiling: fc.option(fc.integer({ min: 100, max: 2_000 })),
  })
  .map(({ kind, floorSlots, ceiling }) =>
    policyOf({ kind, floorSlots, ...(ceiling === null ? {} : { ceilingSlots: ceiling }) }),
  );

/** Machines that a decision leads to. */
export const slotsOf = ({ targets }: CapacityDecision): number =>
  targets.reduce((sum, { machines, cordon }) => sum + (machines - cordon.length), 0);
/** A fleet whose machines are all alike. */
export const alike: fc.Arbitrary<CapacitySnapshot> = fc
  .record({
    machines: fc.integer({ min: 0, max: 20 }),
    active: fc.integer({ min: 0, max: 10 }),
    need: fc.integer({ min: 0, max: 200 }),
    max: fc.integer({ min: 1, max: 60 }),
  })
  .map(({ machines, active, need, max }) => {
    const all = Array.from({ length: machines }, (_, i): Machine => {
      return {
        id: machineId.parse(`m-${i}`),
        launchedAtMs: NOON - 60 * MINUTE,
        kind: "working",
        takes: true,
        slots: 10,
        active,
      };
    });
    const state = known({
      pool: "local" as const,
      min: 0,
      max: Math.max(max, machines),
      desired: machines,
      machines: all,
    });
    return snapshotOf({ pools: [{ pool: "local", state }], memory: steadyNeed(need) });
  });
/** The same with so many runs waiting. */
export const waiting = (shown: CapacitySnapshot, visible: number): CapacitySnapshot => ({
  ...shown,
  lanes: { ...shown.lanes, normal: known({ visible }) },
});
