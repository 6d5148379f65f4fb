import type { Lease } from "../../contract/lease.ts";
import type { LeaseStore } from "../../ports/lease-store.ts";
import type { Faults } from "./faults.ts";

/** One lease. */
export function memoryLeaseStore(faults: Faults): LeaseStore {
  let now: Lease | undefined;
  return {
    read: () => faults.run("leases.read", () => now),
    replace: (next, over) =>
      faults.run("leases.replace", () => {
        if (now?.epoch !== over?.epoch || now?.counter !== over?.counter) return false;
        now = { ...next };
        return true;
      }),
  };
}
