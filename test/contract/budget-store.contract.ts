import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BudgetId, budgetId } from "../../services/contract/budgets.ts";
import { type WorkerId, workerId } from "../../services/contract/ids.ts";
import { type BudgetEntry, buryLease, changeLease, closeLease } from "../../services/core/budget-account.ts";
import type { BudgetStore } from "../../services/ports/budget-store.ts";
import type { Made, Make } from "./fixture.ts";

const LIMIT = 10_000;

/** `loseAnswer`: the next write happens, and its caller gets no answer, or one that had to be found out. */
export type BudgetMade = Made<BudgetStore> & { loseAnswer(): void };

export function budgetStoreContract(name: string, make: Make<BudgetMade>): void {
  describe(`BudgetStore: ${name}`, () => {
    let made: BudgetMade;
    beforeAll(async () => {
      made = await make();
    });
    afterAll(() => made.dispose());

    const anId = (): BudgetId => budgetId.parse(`tenant:t${randomUUID().slice(0, 20)}:2026-11-21`);
    const aWorker = (): WorkerId => workerId.parse(`w_${randomUUID()}`);
    const lease = (worker: WorkerId, from: BudgetEntry | undefined, to: Partial<BudgetEntry>) => {
      const next = { op: (from?.op ?? 0) + 1, leased: from?.leased ?? 0, spent: from?.spent ?? 0, ...to };
      return changeLease(worker, { from, to: next, limit: LIMIT });
    };
    const moved = async (id: BudgetId, move: ReturnType<typeof lease>) => {
      const { kind, account } = await made.port.move(id, move);
      expect(kind).toBe("moved");
      return account.entry;
    };

    test("an account that nobody used is empty; a lease makes it, and each worker sees its own entry", async () => {
      const [id, one, other] = [anId(), aWorker(), aWorker()];
      expect(await made.port.read(id, one)).toEqual({ leasedMicroUsd: 0, spentMicroUsd: 0, entry: undefined });
      await moved(id, lease(one, undefined, { leased: 4_000 }));
      await moved(id, lease(other, undefined, { leased: 1_000 }));
      const seen = { leasedMicroUsd: 5_000, spentMicroUsd: 0 };
      expect(await made.port.read(id, one)).toEqual({ ...seen, entry: { op: 1, leased: 4_000, spent: 0 } });
      expect(await made.port.read(id)).toEqual({ ...seen, entry: undefined });
    });

    test("leases never pass the limit, whoever asks at the same time", async () => {
      const id = anId();
      const asked = Array.from({ length: 30 }, () =>
        made.port.move(id, lease(aWorker(), undefined, { leased: 1_000 })),
      );
      const kinds = (await Promise.all(asked)).map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === "moved")).toHaveLength(10);
      expect(kinds.filter((kind) => kind === "refused")).toHaveLength(20);
      expect((await made.port.read(id)).leasedMicroUsd).toBe(LIMIT);
    });

    test("a lease tells what was spent, closing gives the rest back, and both sums say so", async () => {
      const [id, worker] = [anId(), aWorker()];
      const first = await moved(id, lease(worker, undefined, { leased: 4_000 }));
      const second = await moved(id, lease(worker, first, { leased: 6_000, spent: 3_000 }));
      expect(await made.port.read(id, worker)).toMatchObject({ leasedMicroUsd: 6_000, spentMicroUsd: 3_000 });
      if (second === undefined) throw new Error("no entry");
      await moved(id, closeLease(worker, second, 3_500));
      expect(await made.port.read(id, worker)).toEqual({
        leasedMicroUsd: 3_500,
        spentMicroUsd: 3_500,
        entry: undefined,
      });
    });

    test("a move whose entry is not there any more is refused, changes nothing and shows the account", async () => {
      const [id, worker] = [anId(), aWorker()];
      const first = await moved(id, lease(worker, undefined, { leased: 4_000 }));
      const second = await moved(id, lease(worker, first, { spent: 1_000 }));
      for (const late of [
        lease(worker, first, { leased: 5_000 }),
        lease(worker, undefined, { op: 9, leased: 5_000 }),
      ]) {
        const { kind, account } = await made.port.move(id, late);
        expect(kind).toBe("refused");
        expect(account).toEqual({ leasedMicroUsd: 4_000, spentMicroUsd: 1_000, entry: second });
      }
    });

    test("an entry is given back once, whoever tries: what lies above the ceiling", async () => {
      const [id, worker] = [anId(), aWorker()];
      const entry = await moved(id, lease(worker, undefined, { leased: 4_000 }));
      if (entry === undefined) throw new Error("no entry");
      const both = await Promise.all([1, 2].map(() => made.port.move(id, buryLease(worker, entry, 1_500))));
      expect(both.map(({ kind }) => kind).toSorted()).toEqual(["found", "moved"]);
      const after = { leasedMicroUsd: 1_500, spentMicroUsd: 1_500, entry: undefined };
      expect(await made.port.read(id, worker)).toEqual(after);
      // The dead one's late lease finds its entry gone.
      expect((await made.port.move(id, lease(worker, entry, { leased: 5_000 }))).kind).toBe("refused");
      expect(await made.port.read(id, worker)).toEqual(after);
    });

    test("a move whose answer was lost is found when it is sent again, and not made twice", async () => {
      const [id, worker] = [anId(), aWorker()];
      const move = lease(worker, undefined, { leased: 4_000 });
      made.loseAnswer();
      const first = await made.port.move(id, move).catch(() => undefined);
      expect(first?.kind).not.toBe("moved");
      expect((await made.port.move(id, move)).kind).toBe("found");
      expect((await made.port.read(id, worker)).leasedMicroUsd).toBe(4_000);
    });

    test("settings: none at first, replaced by the next version only", async () => {
      const before = await made.port.settings();
      const next = { version: before.version + 1, fleet: 7_000, tenants: { acme: "unlimited" as const } };
      expect(await made.port.changeSettings(next)).toBe(true);
      expect(await made.port.settings()).toEqual(next);
      expect(await made.port.changeSettings({ ...next, fleet: 9_000 })).toBe(false);
      expect(await made.port.changeSettings({ ...next, version: next.version + 1, tenant: "unlimited" })).toBe(true);
      expect(await made.port.settings()).toMatchObject({ tenant: "unlimited", fleet: 7_000 });
    });
  });
}
