import type { Lease } from "../contract/lease.ts";

/** The lease of the controller: one small item. */
export interface LeaseStore {
  /** Consistent. */
  read(): Promise<Lease | undefined>;
  /** Writes `next` where the lease still is `over` (its epoch and counter; undefined: nowhere yet). False: it is another. */
  replace(next: Lease, over: Lease | undefined): Promise<boolean>;
}
