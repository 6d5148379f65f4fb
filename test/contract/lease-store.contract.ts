import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Lease } from "../../services/contract/lease.ts";
import type { LeaseStore } from "../../services/ports/lease-store.ts";
import type { Made, Make } from "./fixture.ts";

const aLease = (epoch: number, counter: number): Lease => ({ holder: `c_${epoch}`, epoch, counter, free: false });

export function leaseStoreContract(name: string, make: Make<Made<LeaseStore>>): void {
  describe(`LeaseStore: ${name}`, () => {
    let made: Made<LeaseStore>;
    beforeAll(async () => {
      made = await make();
    });
    afterAll(() => made.dispose());

    test("moves from what is there, and from nothing else; of two that move it at once one does", async () => {
      const { port } = made;
      expect(await port.read()).toBeUndefined();
      expect(await port.replace(aLease(2, 2), aLease(1, 1))).toBe(false);
      const first = await Promise.all([port.replace(aLease(1, 1), undefined), port.replace(aLease(1, 1), undefined)]);
      expect(first.toSorted()).toEqual([false, true]);
      expect(await port.replace(aLease(1, 2), aLease(1, 1))).toBe(true);
      expect(await port.replace(aLease(9, 9), undefined)).toBe(false);
      expect(await port.replace(aLease(9, 9), aLease(1, 1))).toBe(false);
      expect(await port.replace(aLease(9, 9), aLease(2, 2))).toBe(false);
      expect(await port.read()).toEqual(aLease(1, 2));
      expect(await port.replace({ ...aLease(1, 3), free: true }, aLease(1, 2))).toBe(true);
      expect(await port.read()).toEqual({ ...aLease(1, 3), free: true });
      const counted = { ...aLease(2, 4), decided: 7 };
      expect(await port.replace(counted, aLease(1, 3))).toBe(true);
      expect(await port.read()).toEqual(counted);
    });
  });
}
