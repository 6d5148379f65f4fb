import fc from "fast-check";
import { expect, test } from "vitest";
import { type BudgetId, budgetId } from "../../../services/contract/budgets.ts";
import { Ceilings } from "../../../services/worker/ceilings.ts";

const [day, hour] = [budgetId.parse("tenant:acme:2026-11-21"), budgetId.parse("fleet:2026-11-21T14")];
const said = (most: number): ReadonlyMap<BudgetId, number> => new Map([[day, most]]);

test("nothing may be drawn before a beat that names the budget is acknowledged", () => {
  const ceilings = new Ceilings();
  expect(ceilings.of(day)).toBeUndefined();
  ceilings.say(0, said(100));
  expect(ceilings.of(day)).toBeUndefined();
  ceilings.acknowledged(0);
  expect(ceilings.of(day)).toBe(100);
  expect(ceilings.of(hour)).toBeUndefined();
});

test("a higher ceiling counts once it is acknowledged, a lower one at once", () => {
  const ceilings = new Ceilings();
  ceilings.say(0, said(100));
  ceilings.acknowledged(0);
  ceilings.say(1, said(300));
  expect(ceilings.of(day)).toBe(100);
  ceilings.say(2, said(50));
  expect(ceilings.of(day)).toBe(50);
  ceilings.acknowledged(1);
  expect(ceilings.of(day)).toBe(50);
  ceilings.acknowledged(2);
  expect(ceilings.of(day)).toBe(50);
});

test("a beat on its way that does not name the budget any more stops it", () => {
  const ceilings = new Ceilings();
  ceilings.say(0, said(100));
  ceilings.acknowledged(0);
  ceilings.say(1, new Map());
  expect(ceilings.of(day)).toBeUndefined();
});

test("whatever is said and acknowledged: never more than the store may have", () => {
  const step = fc.record({ most: fc.option(fc.nat(100), { nil: undefined }), acks: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const ceilings = new Ceilings();
      const all: (number | undefined)[] = [];
      let acknowledged: number | undefined;
      for (const { most, acks } of steps) {
        ceilings.say(all.length, most === undefined ? new Map() : said(most));
        all.push(most);
        if (acks) acknowledged = all.length - 1;
        if (acks) ceilings.acknowledged(all.length - 1);
        const possible = acknowledged === undefined ? [undefined] : all.slice(acknowledged);
        const least = possible.includes(undefined) ? undefined : Math.min(...possible.flatMap((one) => one ?? []));
        expect(ceilings.of(day)).toBe(least);
      }
    }),
  );
});
