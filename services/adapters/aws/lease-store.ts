/** The lease of the controller: one item, moved from state to state by compare and set. */
import { lease } from "../../contract/lease.ts";
import { keys, table } from "../../contract/tables.ts";
import type { LeaseStore } from "../../ports/lease-store.ts";
import { attribute, fromItem, toItem } from "./item.ts";
import type { TableIo } from "./table-io.ts";

/** The lease store over DynamoDB. */
export function dynamoLeaseStore(io: TableIo): LeaseStore {
  return {
    async read() {
      const item = await io.get(keys.lease);
      return item && lease.parse(fromItem(item));
    },
    async replace(next, over) {
      const condition =
        over === undefined
          ? { ConditionExpression: `attribute_not_exists(${table.pk})` }
          : {
              ConditionExpression: "#epoch = :epoch AND #counter = :counter",
              ExpressionAttributeNames: { "#epoch": "epoch", "#counter": "counter" },
              ExpressionAttributeValues: { ":epoch": attribute(over.epoch), ":counter": attribute(over.counter) },
            };
      const { kind } = await io.putIf({ Item: toItem({ ...keys.lease, ...next }), ...condition });
      return kind === "applied";
    },
  };
}
