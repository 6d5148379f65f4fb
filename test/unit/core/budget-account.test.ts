import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../../../services/contract/limits.ts";
import {
  affordable,
  afterMove,
  type BudgetAccount,
  type BudgetEntry,
  type BudgetMove,
  buryLease,
  changeLease,
  closeLease,
  emptyAccount,
  marksPassed,
  takesMove,
  wasMoved,
} from "../../../services/core/budget-account.ts";
import { aWorkerId } from "../../support/ids.ts";

const worker = aWorkerId();
const account = (leased: number, spent: number): BudgetAccount => ({
  leasedMicroUsd: leased,
  spentMicroUsd: spent,
  entry: undefined,
});

describe("what an account affords", () => {
  const call = 100;
  const block = call * limits.budgetBlockCalls;
  test.each([
    ["plenty is left: a block", account(0, 0), 1_000_000, 100, 0, { kind: "lease", microUsd: block }],
    ["less is left: a small part of it", account(0, 0), 64 * 500, 100, 0, { kind: "lease", microUsd: 500 }],
    ["near exhaustion: one reservation", account(0, 0), 150, 100, 0, { kind: "lease", microUsd: 100 }],
    ["all that waits, if that is more", account(0, 0), 1_000_000, 9_000, 0, { kind: "lease", microUsd: 9_000 }],
    ["just what is missing", account(900, 0), 1_000, 100, 0, { kind: "lease", microUsd: 100 }],
    ["held by others, who may give back", account(901, 0), 1_000, 100, 0, { kind: "reserved" }],
    ["spent up to one call", account(1_000, 900), 1_000, 100, 0, { kind: "reserved" }],
    ["spent beyond that", account(1_000, 901), 1_000, 100, 0, { kind: "exhausted" }],
    ["spent here and not told yet", account(1_000, 500), 1_000, 100, 401, { kind: "exhausted" }],
    ["a limit that was lowered below what is spent", account(1_000, 900), 500, 100, 0, { kind: "exhausted" }],
    ["a limit below one call", account(0, 0), 99, 100, 0, { kind: "exhausted" }],
  ] as const)("%s", (_, seen, limit, missing, unsaid, expected) => {
    expect(affordable(seen, { limit, missing, callMicroUsd: call, unsaid })).toEqual(expected);
  });
});

describe("soft limits", () => {
  test.each([
    [0, 49, 100, []],
    [49, 50, 100, [50]],
    [50, 79, 100, []],
    [50, 80, 100, [80]],
    [0, 100, 100, [50, 80]],
    [80, 200, 100, []],
    [0, 0, 100, []],
    [1, 2, 3, [50]],
  ] as const)("from %i to %i of %i passes %j", (before, after, limit, marks) => {
    expect(marksPassed(before, after, limit)).toEqual(marks);
  });

  test("however a budget is spent, each mark is passed once", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40)), fc.integer({ min: 1, max: 500 }), (spends, limit) => {
        let sum = 0;
        const passed = spends.flatMap((spend) => {
          sum += spend;
          return marksPassed(sum - spend, sum, limit);
        });
        expect(passed).toEqual([50, 80].filter((mark) => sum * 100 >= mark * limit));
      }),
    );
  });
});

test("what is given back after a death is what lies above the ceiling, never more than was leased", () => {
  const entry = { op: 3, leased: 1_000, spent: 200 };
  expect(buryLease(worker, entry, 600)).toMatchObject({ leasedBy: -400, spentBy: 400, to: undefined });
  expect(buryLease(worker, entry, 5_000)).toMatchObject({ leasedBy: 0, spentBy: 800 });
  // A ceiling below what was told as spent cannot be; it would not be believed.
  expect(buryLease(worker, entry, 100)).toMatchObject({ leasedBy: -800, spentBy: 0 });
});

type Kind = "lease" | "spend" | "return" | "close" | "late" | "bury";
type Step = { readonly kind: Kind; readonly by: number; readonly amount: number };
const steps = fc.array(
  fc.record<Step>({
    kind: fc.constantFrom("lease", "spend", "return", "close", "late", "bury"),
    by: fc.nat(2),
    amount: fc.nat(300),
  }),
  { maxLength: 80 },
);
const LIMIT = 1_000;

/** An account and three workers; every move that was ever sent may arrive again at any time. */
class Model {
  readonly #workers = [aWorkerId(), aWorkerId(), aWorkerId()].map((id) => ({ id, op: 0, drawn: 0, dead: false }));
  readonly #entries = new Map<string, BudgetEntry>();
  readonly #sent: BudgetMove[] = [];
  sums = emptyAccount;
  /** What was truly spent. */
  spent = 0;

  do({ kind, by, amount }: Step): void {
    const one = this.#workers[by];
    if (kind === "late") this.#send(this.#sent[amount % Math.max(1, this.#sent.length)]);
    if (one === undefined || one.dead || kind === "late") return;
    const from = this.#entries.get(one.id);
    const change = (leased: number) => {
      const to = { op: ++one.op, leased, spent: one.drawn };
      this.#send(changeLease(one.id, { from, to, limit: LIMIT }));
    };
    if (kind === "lease") change((from?.leased ?? 0) + amount);
    if (from === undefined) return;
    if (kind === "return") change(Math.max(one.drawn, from.leased - amount));
    if (kind === "spend") {
      const cost = Math.min(amount, from.leased - one.drawn);
      one.drawn += cost;
      this.spent += cost;
    }
    if (kind === "close") this.#send(closeLease(one.id, from, one.drawn));
    if (kind === "close") one.drawn = 0;
    if (kind === "bury") for (let i = 0; i < 2; i++) this.#send(buryLease(one.id, from, one.drawn + amount));
    one.dead = kind === "bury";
  }

  /** What entries hold beyond what they told. */
  get held(): number {
    return [...this.#entries.values()].reduce((all, one) => all + one.leased - one.spent, 0);
  }

  #send(move: BudgetMove | undefined): void {
    if (move === undefined) return;
    this.#sent.push(move);
    const seen = { ...this.sums, entry: this.#entries.get(move.worker) };
    if (!takesMove(seen, move)) {
      if (wasMoved(seen, move)) expect(seen.entry).toEqual(move.to);
      return;
    }
    this.sums = afterMove(seen, move);
    if (move.to === undefined) this.#entries.delete(move.worker);
    else this.#entries.set(move.worker, move.to);
  }
}

test("whatever is leased, spent, returned, closed, buried and repeated late: spent <= leased <= limit, nothing twice", () => {
  fc.assert(
    fc.property(steps, (todo) => {
      const model = new Model();
      for (const step of todo) {
        model.do(step);
        const { leasedMicroUsd, spentMicroUsd } = model.sums;
        expect(model.spent).toBeLessThanOrEqual(leasedMicroUsd);
        expect(leasedMicroUsd).toBeLessThanOrEqual(LIMIT);
        expect(leasedMicroUsd - spentMicroUsd).toBe(model.held);
      }
    }),
    { numRuns: 500 },
  );
});
