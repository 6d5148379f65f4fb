import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { type MachineId, machineId, type PoolTarget, type SeenPool } from "../../services/contract/capacity.ts";
import type { Pool } from "../../services/contract/ids.ts";
import type { Acting, Capacity } from "../../services/ports/capacity.ts";
import type { Made, Make } from "./fixture.ts";

/** A pool of `min` 1 and `max` 5 with one machine that is there. */
export type CapacityMade = Made<Capacity> & {
  readonly pool: Pool;
  /** Time in which everything that was ordered comes, and everything that was ended goes. */
  settle(): Promise<void>;
  /** The pool gives this until it is called again; absent where a pool knows no such thing. */
  trouble?(kind: "no-capacity" | "partial" | "quota" | "throttled" | "unseen" | undefined): void;
};

type Known = Extract<SeenPool, { kind: "known" }>;

export function capacityContract(name: string, make: Make<CapacityMade>): void {
  describe(`Capacity: ${name}`, () => {
    let made: CapacityMade;
    let decisions = 0;
    beforeEach(async () => {
      made = await make();
    });
    afterAll(() => made.dispose());

    const by = (epoch = 5): Acting => ({
      epoch,
      decision: `d-${++decisions}`,
      isMine: async () => true,
    });
    const because = [{ kind: "first", visible: 1 }] as const;
    const target = (machines: number, more: Partial<PoolTarget> = {}): PoolTarget => ({
      ...{ pool: made.pool, machines, cordon: [], drain: [], end: [], because: [...because] },
      ...more,
    });
    const seen = async (): Promise<Known> => {
      const found = (await made.port.observe()).find(({ pool }) => pool === made.pool);
      if (found?.kind !== "known") throw new Error(`${made.pool} is ${JSON.stringify(found)}`);
      return found;
    };
    const ids = async (): Promise<MachineId[]> => (await seen()).machines.map(({ id }) => id).toSorted();
    const act = async (one: PoolTarget, as = by()) => {
      const [first] = await made.port.act([one], as);
      await made.settle();
      return first?.outcome;
    };

    test("a pool tells its bounds and its machines", async () => {
      expect(await seen()).toMatchObject({ pool: made.pool, min: 1, max: 5, desired: 1 });
      expect(await ids()).toHaveLength(1);
    });

    test("a higher number brings machines, and the same again changes nothing", async () => {
      const [first] = await ids();
      const as = by();
      expect(await act(target(3), as)).toEqual({ kind: "done" });
      const there = await ids();
      expect(there).toHaveLength(3);
      expect(there).toContain(first);
      expect((await seen()).desired).toBe(3);
      expect(await act(target(3), as)).toEqual({ kind: "done" });
      expect(await act(target(3))).toEqual({ kind: "done" });
      expect(await ids()).toEqual(there);
    });

    test("no more come than the maximum", async () => {
      await act(target(9));
      expect(await ids()).toHaveLength(5);
    });

    test("a lower number ends no machine that is there", async () => {
      await act(target(3));
      const there = await ids();
      await act(target(1));
      expect(await ids()).toEqual(there);
    });

    test("what is ended goes without being replaced; ended again it is nothing", async () => {
      await act(target(3));
      const [one, ...others] = await ids();
      if (one === undefined) throw new Error("three machines are there");
      expect(await act(target(2, { end: [one] }))).toEqual({ kind: "done" });
      expect(await ids()).toEqual(others);
      expect((await seen()).desired).toBe(2);
      expect(await act(target(2, { end: [one] }))).toEqual({ kind: "done" });
      expect(await act(target(2, { end: [machineId.parse("nobody-knows-it")] }))).toEqual({ kind: "done" });
      expect(await ids()).toEqual(others);
    });

    test("at its minimum a pool ends what it is told to, and launches another in its place", async () => {
      const [only] = await ids();
      if (only === undefined) throw new Error("one machine is there");
      expect(await act(target(1, { end: [only] }))).toEqual({ kind: "done" });
      const there = await ids();
      expect(there).toHaveLength(1);
      expect(there).not.toContain(only);
      expect((await seen()).desired).toBe(1);
    });

    test("machines that are told to leave are not ended by that", async () => {
      await act(target(2));
      const there = await ids();
      await act(target(2, { cordon: there.slice(0, 1), drain: there.slice(0, 1) }));
      expect(await ids()).toEqual(there);
    });

    test("a leader that was overtaken does nothing", async () => {
      await act(target(2), by(7));
      expect(await act(target(4), by(6))).toMatchObject({ kind: "fenced" });
      expect(await ids()).toHaveLength(2);
      expect(await act(target(3), by(7))).toEqual({ kind: "done" });
      expect(await ids()).toHaveLength(3);
    });

    test("a pool that gives less says so, and gives it when it can", async () => {
      const { trouble } = made;
      if (trouble === undefined) return;
      trouble("no-capacity");
      expect(await act(target(4))).toMatchObject({ kind: "no-capacity", because: expect.any(String) });
      trouble("partial");
      expect(await act(target(4))).toMatchObject({ kind: "partial", launched: 1 });
      expect(await ids()).toHaveLength(2);
      trouble("quota");
      expect(await act(target(4))).toMatchObject({ kind: "quota" });
      trouble("throttled");
      expect(await act(target(4))).toMatchObject({ kind: "throttled" });
      expect(await ids()).toHaveLength(2);
      trouble(undefined);
      expect(await act(target(4))).toEqual({ kind: "done" });
      expect(await ids()).toHaveLength(4);
    });

    test("a pool that cannot be read is unknown, not empty", async () => {
      const { trouble } = made;
      if (trouble === undefined) return;
      trouble("unseen");
      const [found] = await made.port.observe();
      expect(found).toMatchObject({ kind: "unknown", pool: made.pool, because: expect.any(String) });
    });
  });
}
