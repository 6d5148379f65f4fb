/** Gives back what a dead worker held of budgets and could not have drawn: all above the ceilings of its last stored beat. */
import { type BudgetId, budgetId } from "../contract/budgets.ts";
import type { WorkerId } from "../contract/ids.ts";
import { isAlive } from "../core/alive.ts";
import { buryLease } from "../core/budget-account.ts";
import type { World } from "./world.ts";

/** How much of each budget a dead worker may have drawn. */
export type Ceilings = ReadonlyMap<BudgetId, number>;

/** The ceilings of a buried worker's last beat: none is stored after a tombstone. Undefined while it is not buried. */
export async function lastCeilings({ fleet }: World, id: WorkerId): Promise<Ceilings | undefined> {
  const item = await fleet.worker(id);
  if (item === undefined) return new Map();
  if (isAlive(item)) return undefined;
  return new Map(Object.entries(item.budgets ?? {}).map(([budget, most]) => [budgetId.parse(budget), most]));
}

/**
 * Takes the worker's entries out of their accounts, each once whoever else tries: the entry goes in the same write. Gives how many
 * were found. Throws when the store fails; asked again it goes on.
 */
export async function giveBack({ budgets, events }: World, id: WorkerId, ceilings: Ceilings): Promise<number> {
  let found = 0;
  for (const [budget, ceiling] of ceilings) {
    const { entry } = await budgets.read(budget, id);
    if (entry === undefined) continue;
    found++;
    const move = buryLease(id, entry, ceiling);
    const { kind } = await budgets.move(budget, move);
    if (kind === "moved") events.emit("budget.given-back", { budget, workerId: id, microUsd: -move.leasedBy });
  }
  return found;
}
