import { expect, test } from "vitest";
import { manualClock } from "../../../services/adapters/memory/manual-clock.ts";
import { type MachineId, machineId, type PoolTarget } from "../../../services/contract/capacity.ts";
import { WorkerPool } from "../../../services/local/worker-pool.ts";
import { aTimeMs } from "../../support/builders.ts";

type Started = {
  workerId: string | undefined;
  sinceMs: number;
  stopped: number;
  stays(id: string | undefined): boolean;
};

function aPool(min = 1, max = 3) {
  const started: Started[] = [];
  const pool = new WorkerPool({
    ...{ min, max, clock: manualClock(aTimeMs) },
    start: (stays) => {
      const one: Started = { workerId: undefined, sinceMs: aTimeMs, stopped: 0, stays };
      started.push(one);
      return {
        get workerId() {
          return one.workerId;
        },
        sinceMs: aTimeMs,
        stop: async () => void one.stopped++,
      };
    },
  });
  const ids = async (): Promise<MachineId[]> => {
    const [seen] = await pool.observe();
    return seen?.kind === "known" ? seen.machines.map(({ id }) => id) : [];
  };
  const act = (machines: number, more: Partial<PoolTarget> = {}) =>
    pool.act(
      [{ pool: "local", machines, cordon: [], drain: [], end: [], because: [{ kind: "first", visible: 1 }], ...more }],
      { epoch: 1, decision: "d", isMine: async () => true },
    );
  return { pool, started, ids, act };
}

test("a process that has not said who it is has a name of its own, and is ended by it", async () => {
  const { started, ids, act } = aPool();
  expect(await ids()).toEqual(["boot-1"]);
  await act(2);
  for (const one of started.slice(0, 1)) one.workerId = "w_00000001";
  expect(await ids()).toEqual(["w_00000001", "boot-2"]);
  await act(1, { end: [machineId.parse("boot-2")] });
  expect(await ids()).toEqual(["w_00000001"]);
  expect(started.map(({ stopped }) => stopped)).toEqual([0, 1]);
});

test("who was told to leave is not started again when it ends, and stays listed until it is ended; others are", async () => {
  const { started, ids, act } = aPool(2);
  started.forEach((one, i) => {
    one.workerId = `w_0000000${i}`;
  });
  await act(2, { cordon: [machineId.parse("w_00000000")] });
  expect(started.map((one) => one.stays(one.workerId))).toEqual([true, false]);
  expect(started.map((one) => one.stays(undefined))).toEqual([false, false]);
  expect(await ids()).toHaveLength(2);
  await act(1, { end: [machineId.parse("w_00000000")] });
  expect(await ids()).toEqual(["w_00000001"]);
});

test("a supervisor that stops starts nobody any more", async () => {
  const { pool, started, act } = aPool();
  pool.close();
  await act(3);
  expect(started).toHaveLength(1);
});
