import { describe, expect, test } from "vitest";
import { wakeId, workerId } from "../../services/contract/ids.ts";
import type { Chance } from "../../services/ports/clock.ts";

const MANY = 10_000;

export function chanceContract(name: string, make: () => Chance): void {
  describe(`Chance: ${name}`, () => {
    test("fractions lie in [0, 1) and fill it evenly", () => {
      const chance = make();
      const tenths = Array<number>(10).fill(0);
      for (let i = 0; i < MANY; i++) {
        const fraction = chance.fraction();
        expect(fraction >= 0 && fraction < 1).toBe(true);
        const tenth = Math.floor(fraction * 10);
        tenths[tenth] = (tenths[tenth] ?? 0) + 1;
      }
      // 1,000 are expected in each tenth; eight standard deviations (30 each) are no accident.
      for (const count of tenths) expect(Math.abs(count - MANY / 10)).toBeLessThan(240);
    });

    test("ids are new each time, lower case, long enough, and fit every id that is made of one", () => {
      const chance = make();
      const ids = Array.from({ length: MANY }, () => chance.id());
      expect(new Set(ids).size).toBe(MANY);
      for (const id of ids.slice(0, 100)) {
        expect(id).toMatch(/^[a-z0-9-]{16,60}$/);
        expect(wakeId.safeParse(`k_${id}`).success).toBe(true);
        expect(workerId.safeParse(`w_${id}`).success).toBe(true);
      }
    });
  });
}
