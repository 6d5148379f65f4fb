/** A head as an item. The run id is stored in the key alone: every step writes the item, and up to 1 KB costs one unit. */
import { type RunId, runId } from "../../contract/ids.ts";
import { limits } from "../../contract/limits.ts";
import { type RunHead, runHead } from "../../contract/run.ts";
import { keys, shardOf, table } from "../../contract/tables.ts";
import { fromItem, type Item, toItem } from "./item.ts";

const PREFIX = "RUN#";

/** A head with its keys and those of the tenant index. The holder index uses attributes of the head itself. */
export function headItem(head: RunHead): Item {
  const { runId: id, ...fields } = head;
  return toItem({
    ...keys.head(id),
    [table.byTenant.pk]: keys.tenant(head.tenant, shardOf(id, limits.tenantShards)),
    [table.byTenant.sk]: keys.created(head.createdAtMs, id),
    ...fields,
  });
}

/** The head of an item; throws when it is none. */
export const headOf = (item: Item): RunHead => runHead.parse({ ...fromItem(item), runId: runIdIn(item) });

/** The run id in the key of a run's item or index entry. */
export function runIdIn(item: Item): RunId {
  const pk = item[table.pk]?.S ?? "";
  return runId.parse(pk.startsWith(PREFIX) ? pk.slice(PREFIX.length) : pk);
}
