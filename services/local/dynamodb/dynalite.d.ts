/** The part of dynalite 4 that we use. */
declare module "dynalite" {
  import type { Server } from "node:http";

  export interface DynaliteOptions {
    /** Folder of the LevelDB store; without one the store is in memory. */
    readonly path?: string;
    /** How long a table is CREATING, DELETING or UPDATING, in milliseconds; 500 by default. */
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
    /** Largest item in KiB; 400 by default. */
    readonly maxItemSizeKb?: number;
  }

  /** Gives a server that does not listen yet; its `close` also closes the store. */
  export default function dynalite(options?: DynaliteOptions): Server;
}
