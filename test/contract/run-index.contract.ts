import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunId } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import type { RunHead } from "../../services/contract/run.ts";
import { keys } from "../../services/contract/tables.ts";
import { claim, endFromOutside, redrive } from "../../services/core/lifecycle.ts";
import type { IdPage, RunIndex, TenantQuery } from "../../services/ports/run-index.ts";
import type { RunStore } from "../../services/ports/run-store.ts";
import { aHead, aQueuedRun } from "../support/builders.ts";
import { eventually } from "../support/eventually.ts";
import { aNonce, anAgentName, aTenant, aWakeId, aWorkerId } from "../support/ids.ts";
import { type Made, type Make, suiteTimeMs } from "./fixture.ts";

/** The index and the store whose heads it indexes. */
export type RunIndexMade = Made<RunIndex> & { readonly runs: RunStore };

const NOW = suiteTimeMs;
const PAGES_MAX = 200;

export function runIndexContract(name: string, make: Make<RunIndexMade>): void {
  describe(`RunIndex: ${name}`, () => {
    let made: RunIndexMade;
    beforeAll(async () => {
      made = await make();
    });
    afterAll(() => made.dispose());

    const create = async (heads: readonly RunHead[]) => {
      await Promise.all(heads.map((head) => made.runs.create(head, NOW)));
    };
    /** Follows pages to their end and fails when there is none. */
    const allOf = async (page: (after: string | undefined) => Promise<IdPage>): Promise<RunId[]> => {
      const ids: RunId[] = [];
      let after: string | undefined;
      for (let pages = 0; pages < PAGES_MAX; pages++) {
        const got: IdPage = await page(after);
        ids.push(...got.ids);
        if (got.next === undefined) return ids;
        after = got.next;
      }
      throw new Error("pages without end");
    };
    const listed = (query: Omit<TenantQuery, "after">) =>
      allOf(async (after) => {
        const page = await made.port.byTenant({ ...query, after });
        expect(page.ids.length).toBeLessThanOrEqual(query.limit);
        return page;
      });
    const heldBy = (holder: string, dueByMs: number) =>
      allOf(async (after) => {
        const page = await made.port.byHolder(holder, dueByMs, after);
        expect(page.ids.length).toBeLessThanOrEqual(limits.sweepPage);
        return page;
      });
    const ids = (heads: readonly RunHead[]) => heads.map((head) => head.runId);

    /** `count` runs of one tenant, newest first, a second between each. */
    const runsOf = async (count: number, overrides: (i: number) => Partial<RunHead> = () => ({})) => {
      const tenant = aTenant();
      const heads = Array.from({ length: count }, (_, i) =>
        aHead({ tenant, createdAtMs: NOW - i * 1_000, ...overrides(i) }),
      );
      await create(heads);
      return { tenant, heads };
    };

    test("a tenant's runs come newest first, and only its own", async () => {
      const { tenant, heads } = await runsOf(12);
      await create([aHead(), aHead()]);
      await eventually(async () => expect(await listed({ tenant, limit: 100 })).toEqual(ids(heads)));
    });

    test("a tenant without runs has none", async () => {
      expect(await listed({ tenant: aTenant(), limit: 20 })).toEqual([]);
    });

    test.each([1, 7, 20])("pages of %i are complete, in order and without repeat over all shards", async (limit) => {
      const { tenant, heads } = await runsOf(60);
      await eventually(async () => expect(await listed({ tenant, limit })).toEqual(ids(heads)));
    });

    test("runs of the same millisecond are paged without loss or repeat", async () => {
      const { tenant, heads } = await runsOf(30, () => ({ createdAtMs: NOW }));
      await eventually(async () => {
        const got = await listed({ tenant, limit: 4 });
        expect(got).toHaveLength(30);
        expect(new Set(got)).toEqual(new Set(ids(heads)));
      });
    });

    test("filters by state and by agent, alone and together", async () => {
      const agent = anAgentName();
      const { tenant, heads } = await runsOf(24, (i) => ({
        state: i % 3 === 0 ? "FAILED" : "QUEUED",
        ...(i % 2 === 0 ? { agent } : {}),
      }));
      const expectListed = (query: Partial<TenantQuery>, wanted: (i: number) => boolean) =>
        eventually(async () =>
          expect(await listed({ tenant, limit: 5, ...query })).toEqual(ids(heads.filter((_, i) => wanted(i)))),
        );
      await expectListed({ state: "FAILED" }, (i) => i % 3 === 0);
      await expectListed({ agent }, (i) => i % 2 === 0);
      await expectListed({ state: "QUEUED", agent }, (i) => i % 3 !== 0 && i % 2 === 0);
      await expectListed({ state: "DEAD" }, () => false);
    });

    test("the state filter follows the run", async () => {
      const { head, wake } = aQueuedRun();
      await create([head]);
      await made.runs.write(head.runId, claim(wake, { worker: aWorkerId(), nonce: aNonce() }, NOW));
      const inState = (state: RunHead["state"]) => listed({ tenant: head.tenant, state, limit: 10 });
      await eventually(async () => expect(await inState("RUNNING")).toEqual([head.runId]));
      expect(await inState("QUEUED")).toEqual([]);
    });

    test("a cursor continues after the run it names, also when newer runs came meanwhile", async () => {
      const { tenant, heads } = await runsOf(10);
      const first = await eventually(async () => {
        const page = await made.port.byTenant({ tenant, limit: 4 });
        expect(page.ids.length).toBeGreaterThan(0);
        expect(page.ids).toEqual(ids(heads).slice(0, page.ids.length));
        return page;
      });
      await create([aHead({ tenant, createdAtMs: NOW + 5_000 })]);
      const rest = await allOf((after) => made.port.byTenant({ tenant, limit: 4, after: after ?? first.next }));
      expect(rest).toEqual(ids(heads).slice(first.ids.length));
    });

    test("runs of a holder come earliest due first, up to the time asked for", async () => {
      const holder = aWorkerId();
      const heads = [30, 10, 40, 20].map((due) => aHead({ state: "RUNNING", holder, dueAtMs: NOW + due }));
      const [at30, at10, at40, at20] = ids(heads);
      await create([...heads, aHead({ state: "RUNNING", holder: aWorkerId(), dueAtMs: NOW })]);
      await eventually(async () => expect(await heldBy(holder, NOW + 100)).toEqual([at10, at20, at30, at40]));
      expect(await heldBy(holder, NOW + 20)).toEqual([at10, at20]);
      expect(await heldBy(holder, NOW + 9)).toEqual([]);
      expect(await heldBy(aWorkerId(), NOW + 100)).toEqual([]);
    });

    test("more runs than one page of the sweep are paged without loss or repeat, also when due together", async () => {
      const holder = aWorkerId();
      const count = limits.sweepPage + 30;
      const heads = Array.from({ length: count }, (_, i) =>
        aHead({ state: "RUNNING", holder, dueAtMs: NOW + (i < count / 2 ? 0 : i) }),
      );
      await create(heads);
      await eventually(async () => {
        const got = await heldBy(holder, NOW + count);
        expect(got).toHaveLength(count);
        expect(new Set(got)).toEqual(new Set(ids(heads)));
      });
      const whole = await allOf((after) => made.port.allOfHolder(holder, after));
      expect(whole).toHaveLength(count);
      expect(new Set(whole)).toEqual(new Set(ids(heads)));
      expect(await allOf((after) => made.port.allOfHolder(aWorkerId(), after))).toEqual([]);
    });

    test("open runs of a shard come by their deadline, whoever holds them; an end takes them out, a redrive puts them back", async () => {
      const openShard = `OPEN#${aNonce()}`;
      const from = (n: number) => aHead({ openShard, deadlineAtMs: NOW + n, createdAtMs: NOW - 1_000 });
      const [late, queued, never] = [from(30), from(10), from(200)];
      const running = { ...from(20), state: "RUNNING", holder: aWorkerId() } as const;
      await create([late, queued, running, never]);
      const overdue = (byMs: number) => allOf((after) => made.port.byDeadline(openShard, byMs, after));
      await eventually(async () => expect(await overdue(NOW + 100)).toEqual(ids([queued, running, late])));
      expect(await overdue(NOW + 20)).toEqual(ids([queued, running]));
      expect(await overdue(NOW + 9)).toEqual([]);
      expect(await allOf((after) => made.port.byDeadline(`OPEN#${aNonce()}`, NOW + 100, after))).toEqual([]);
      const end = endFromOutside(queued, { reason: "deadline", nowMs: NOW });
      const ended = await made.runs.write(queued.runId, end);
      if (ended.kind !== "written") throw new Error("nobody else wrote");
      await eventually(async () => expect(await overdue(NOW + 100)).toEqual(ids([running, late])));
      const again = { wakeId: aWakeId(), nowMs: NOW, deadlineAtMs: NOW + 40, timeoutMs: 1_000, budgetMicroUsd: 1_000 };
      await made.runs.write(queued.runId, redrive(ended.head, again));
      const shard = keys.openShard(queued.runId);
      await eventually(async () =>
        expect(await allOf((after) => made.port.byDeadline(shard, NOW + 40, after))).toContain(queued.runId),
      );
    });

    test("more open runs than one page are paged by deadline without loss or repeat, also when due together", async () => {
      const openShard = `OPEN#${aNonce()}`;
      const count = limits.sweepPage + 30;
      const heads = Array.from({ length: count }, (_, i) =>
        aHead({ openShard, deadlineAtMs: NOW + (i < count / 2 ? 0 : i) }),
      );
      await create(heads);
      await eventually(async () => {
        const got = await allOf((after) => made.port.byDeadline(openShard, NOW + count, after));
        expect(got).toHaveLength(count);
        expect(new Set(got)).toEqual(new Set(ids(heads)));
      });
    });

    test("a claim moves a run from its queue shard to the worker; an end takes it out", async () => {
      const { head, wake } = aQueuedRun({ dueAtMs: NOW });
      const worker = aWorkerId();
      await create([head]);
      await eventually(async () =>
        expect(await heldBy(keys.queueHolder(head.lane, head.runId), NOW)).toContain(head.runId),
      );
      const claimed = await made.runs.write(head.runId, claim(wake, { worker, nonce: aNonce() }, NOW));
      if (claimed.kind !== "written") throw new Error("the claim was free");
      const farMs = NOW + limits.deadlineMaxMs;
      await eventually(async () => expect(await heldBy(worker, farMs)).toEqual([head.runId]));
      await eventually(async () =>
        expect(await heldBy(keys.queueHolder(head.lane, head.runId), farMs)).not.toContain(head.runId),
      );
      await made.runs.write(head.runId, endFromOutside(claimed.head, { reason: "deadline", nowMs: NOW }));
      await eventually(async () => expect(await heldBy(worker, farMs)).toEqual([]));
      await eventually(async () =>
        expect(await listed({ tenant: head.tenant, state: "TIMED_OUT", limit: 10 })).toEqual([head.runId]),
      );
    });
  });
}
