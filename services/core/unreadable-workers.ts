import type { WorkerItem } from "../contract/fleet.ts";

/**
 * Items of workers that this version cannot read, because another one wrote them. Who must know the whole fleet treats it as any
 * failure; who can go on without them has `others`, the readable ones of the same shard.
 */
export class UnreadableWorkers extends Error {
  override readonly name = "UnreadableWorkers";
  readonly others: readonly WorkerItem[];

  constructor(others: readonly WorkerItem[], causes: readonly [unknown, ...unknown[]]) {
    super(`${causes.length} items of workers cannot be read: ${String(causes[0])}`, { cause: causes[0] });
    this.others = others;
  }
}
