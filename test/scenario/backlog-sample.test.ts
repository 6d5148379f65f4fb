/** Who waits is estimated from a sample that is fair whatever the order in which the runs came, at a bounded cost. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { manualClock } from "../../services/adapters/memory/manual-clock.ts";
import { seededChance } from "../../services/adapters/memory/seeded-chance.ts";
import { memoryWorld } from "../../services/adapters/memory/world.ts";
import type { RunId } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import type { RunHead } from "../../services/contract/run.ts";
import { keys } from "../../services/contract/tables.ts";
import { backlogPass } from "../../services/controller/measure-backlog.ts";
import { UnreadableRuns } from "../../services/core/unreadable-runs.ts";
import { aHead, aTimeMs } from "../support/builders.ts";
import { aRunId } from "../support/ids.ts";
import { anApi, callers, goodRun } from "./api-fixture.ts";

const QUEUED_MAX = 3_000;

type Lane = {
  readonly seed: number;
  readonly visible?: number;
  readonly pageSize?: number;
  /** Written by a version that ours cannot read. */
  readonly unreadable?: readonly RunId[];
};

/** A lane in which these runs wait, the first one longest: its shards are as the index shows them, its depth is what `visible` says. */
function aLane(heads: readonly RunHead[], lane: Lane) {
  const { seed, visible = heads.length, pageSize = limits.censusPage, unreadable = [] } = lane;
  const byId = new Map(heads.map((head) => [head.runId, head]));
  const shards = Map.groupBy(heads, (head) => keys.queueHolder("normal", head.runId));
  const calls = { pages: 0, reads: 0 };
  const page = (holder: string, size: number, after = "0") => {
    const [ids, from] = [shards.get(holder) ?? [], Number(after)];
    const end = from + size;
    return { ids: ids.slice(from, end).map(({ runId }) => runId), ...(end < ids.length ? { next: String(end) } : {}) };
  };
  const world = memoryWorld({ clock: manualClock(aTimeMs), seed });
  const index = {
    ...world.index,
    byHolder: async (holder: string, _: number, after?: string) => page(holder, limits.sweepPage, after),
    allOfHolder: async (holder: string, after?: string) => {
      calls.pages++;
      return page(holder, pageSize, after);
    },
  };
  const read = async (ids: readonly RunId[]) => {
    calls.reads++;
    expect(ids.length).toBeLessThanOrEqual(limits.readBatchMax);
    const there = ids.flatMap((id) => byId.get(id) ?? []);
    const others = there.filter(({ runId }) => !unreadable.includes(runId));
    const failures = there.flatMap(({ runId }) => (unreadable.includes(runId) ? [[runId, new Error()] as const] : []));
    if (failures.length > 0) throw new UnreadableRuns(others, new Map(failures));
    return others;
  };
  const depth = async (lane: string) =>
    ({ kind: "known", visible: lane === "normal" ? visible : 0, inFlight: 0 }) as const;
  const parts = {
    ...world,
    index,
    runs: { ...world.runs, read },
    queue: { ...world.queue, depth },
  };
  const measured = async (): Promise<Readonly<Record<string, number>>> => {
    const { lanes } = await backlogPass(parts, { store: world.backlog, queuedMax: QUEUED_MAX });
    return lanes.normal.kind === "shared" ? lanes.normal.tenants : {};
  };
  return { measured, calls };
}

const runsOf = (count: number, overrides: Partial<RunHead> = {}): RunHead[] => {
  const head = aHead(overrides);
  return Array.from({ length: count }, () => ({ ...head, runId: aRunId() }));
};

/** Far more than a sample of so many heads can be wrong by chance (4.8 times its deviation). */
const WRONG = 0.06;

test("the tenant above its bound is refused, and not the one whose fewer runs wait longer", async () => {
  const api = await anApi({ queuedMax: QUEUED_MAX });
  const fill = async (tenant: "acme" | "rival", count: number, dueAtMs: number) => {
    for (let i = 0; i < count; i++) await api.put({ tenant: callers[tenant].tenant, dueAtMs });
  };
  await fill("acme", 1_700, aTimeMs - 60_000);
  await fill("rival", 3_600, aTimeMs);
  const { world } = api;
  const depth = async () => ({ kind: "known", visible: 5_300, inFlight: 0 }) as const;
  await backlogPass({ ...world, queue: { ...world.queue, depth } }, { store: world.backlog, queuedMax: QUEUED_MAX });
  await api.clock.advance(limits.backlogReadMs);
  const submit = (as: "acme" | "rival") => api.ask("POST", "/v1/runs", { as, body: { runs: [goodRun] } });
  expect((await submit("acme")).status).toBe(202);
  expect((await submit("rival")).status).toBe(429);
});

describe("the estimate of a lane", () => {
  test("is near each tenant's share, whatever the order of its runs", async () => {
    // Lanes that are worth counting: of fewer runs nobody is asked for shares.
    const tenants = fc.array(fc.integer({ min: 200, max: 2_500 }), { minLength: 2, maxLength: 5 });
    const order = fc.constantFrom("one after the other", "in turns", "by chance");
    await fc.assert(
      fc.asyncProperty(tenants, order, fc.nat(), async (counts, inWhichOrder, seed) => {
        const crowds = counts.map((count) => runsOf(count));
        const { fraction } = seededChance(seed);
        const placed = crowds.flatMap((runs) =>
          runs.map((head, i) => ({
            head,
            at: { "one after the other": 0, "in turns": i, "by chance": fraction() }[inWhichOrder],
          })),
        );
        const heads = placed.toSorted((a, b) => a.at - b.at).map(({ head }) => head);
        const tenantsSeen = await aLane(heads, { seed }).measured();
        for (const runs of crowds) {
          const seen = tenantsSeen[runs[0]?.tenant ?? ""] ?? 0;
          expect(Math.abs(seen - runs.length)).toBeLessThanOrEqual(WRONG * heads.length);
        }
      }),
      { numRuns: 10 },
    );
  });

  test("counts the runs and not the messages: those held back are not visible, and some wake nobody any more", async () => {
    const runs = runsOf(2_000);
    for (const visible of [400, 9_000])
      expect(await aLane(runs, { seed: 1, visible }).measured()).toEqual({ [runs[0]?.tenant ?? ""]: 2_000 });
  });

  test("leaves out what is queued no more, of which the index does not know yet", async () => {
    const [waiting, gone] = [runsOf(1_500), runsOf(1_500, { state: "RUNNING" })];
    const seen = await aLane([...gone, ...waiting], { seed: 2 }).measured();
    expect(Object.keys(seen)).toEqual([waiting[0]?.tenant]);
    expect(Math.abs((seen[waiting[0]?.tenant ?? ""] ?? 0) - 1_500)).toBeLessThanOrEqual(WRONG * 3_000);
  });

  test("is made although none of a lane can be read", async () => {
    const runs = runsOf(10);
    const unreadable = runs.map(({ runId }) => runId);
    expect(await aLane(runs, { seed: 5, visible: 1_000, unreadable }).measured()).toEqual({});
  });

  test("leaves out one run that cannot be read", async () => {
    const runs = runsOf(1_000);
    const unreadable = runs.slice(0, 1).map(({ runId }) => runId);
    expect(await aLane(runs, { seed: 5, unreadable }).measured()).toEqual({ [runs[0]?.tenant ?? ""]: 999 });
  });

  test("is fair and costs no more where a lane has more runs than are looked through", async () => {
    const [old, fresh] = [runsOf(4_000), runsOf(12_000)];
    const { measured, calls } = aLane([...old, ...fresh], { seed: 3, pageSize: 100 });
    const seen = await measured();
    for (const runs of [old, fresh])
      expect(Math.abs((seen[runs[0]?.tenant ?? ""] ?? 0) - runs.length)).toBeLessThanOrEqual(WRONG * 16_000);
    expect(calls.pages).toBeLessThanOrEqual(limits.censusPages);
    expect(calls.reads).toBeLessThanOrEqual(limits.censusSample / limits.readBatchMax);
  });

  test("is of the whole depth and costs no more where not even one shard is looked through", async () => {
    const { measured, calls } = aLane(runsOf(16_000), { seed: 4, pageSize: 10 });
    expect(Object.values(await measured())).toEqual([16_000]);
    expect(calls.pages).toBe(limits.censusPages);
  });
});
