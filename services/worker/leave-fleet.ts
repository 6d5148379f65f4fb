/** The last that a drained worker does: what it still holds of runs, budgets and permits goes back, and its item with it. */
import type { Books } from "./books.ts";
import { releaseLeftovers } from "./orphans.ts";
import type { Permits } from "./permits.ts";
import type { Purse } from "./purse.ts";

type Leaving = Parameters<typeof releaseLeftovers>[0] & {
  readonly purse: Purse;
  readonly permits: Permits;
  readonly books: Books | undefined;
};

/**
 * `leftBehind`: runs that could not be released in time. What fails is told, and then the worker's item stays to be buried: so
 * others look at once for what it had.
 */
export async function leaveFleet(leaving: Leaving, leftBehind: number): Promise<void> {
  const { deps, settings, purse, permits, books } = leaving;
  const isAll = await releaseLeftovers(leaving);
  const [isClosed] = await Promise.all([purse.close(), permits.close()]);
  if (leftBehind > 0) return;
  // Where runs are left behind the books stay open: what these still commit is looked for.
  await books?.close();
  if (!isAll || !isClosed) return;
  await deps.fleet.leave(settings.workerId).catch((error: unknown) => {
    deps.events.emit("store.failed", { operation: "leave", message: String(error) });
  });
}
