import type { ContentStore } from "../../ports/content-store.ts";
import type { HistoryStore } from "../../ports/history-store.ts";
import type { LedgerStore } from "../../ports/ledger-store.ts";
import type { World } from "../world.ts";

/** What the books are completed and closed with. */
export type Keeping = Pick<World, "runs" | "index" | "fleet" | "clock" | "events"> & {
  readonly ledger: LedgerStore;
  readonly history: HistoryStore;
  readonly contents: ContentStore;
};
