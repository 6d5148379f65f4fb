/** Flights of batches, one item each; and one item for each batch that says whose it is. */
import { type Flight, type FlightId, flight, flightId } from "../../contract/batch.ts";
import { keys, table } from "../../contract/tables.ts";
import type { BatchStore } from "../../ports/batch-store.ts";
import { attribute, fromItem, type Item, toItem } from "./item.ts";
import type { TableIo } from "./table-io.ts";
import { expiryOf } from "./text-item.ts";

const NEW = { ConditionExpression: `attribute_not_exists(${table.pk})` };

const itemOf = (one: Flight): Item => toItem({ ...keys.flight(one.id), ...one, [table.ttl]: expiryOf(one.intentAtMs) });
const flightOf = (item: Item): Flight => flight.parse(fromItem(item));

/** The batch store over DynamoDB. */
export function dynamoBatchStore(io: TableIo): BatchStore {
  /** Puts a flight where there is none; gives the one that is there after it. */
  async function put(one: Flight): Promise<Flight> {
    const { kind, item } = await io.putIf({ Item: itemOf(one), ...NEW });
    return kind === "applied" || item === undefined ? one : flightOf(item);
  }

  return {
    intend: async (one) => (await put(one)).state === "INTENT",
    bar: (id, nowMs) => put({ id, size: 0, intentAtMs: nowMs, state: "VOID", doubtful: false }),
    async read(id) {
      const item = await io.get(keys.flight(id));
      return item && flightOf(item);
    },
    async settle(id, fate) {
      const set = Object.entries(fate);
      const { item } = await io.update(keys.flight(id), {
        UpdateExpression: `SET ${set.map(([field]) => `#${field} = :${field}`).join(", ")}`,
        ConditionExpression: "#state = :intent",
        ExpressionAttributeNames: Object.fromEntries(set.map(([field]) => [`#${field}`, field])),
        ExpressionAttributeValues: {
          ":intent": attribute("INTENT"),
          ...Object.fromEntries(set.map(([field, value]) => [`:${field}`, attribute(value)])),
        },
      });
      const after = item && flightOf(item);
      if (after === undefined || after.state === "INTENT") throw new Error(`there is no flight ${id}`);
      return after;
    },
    async own(batchId, id, nowMs) {
      const Item = toItem({ ...keys.batch(batchId), flight: id, [table.ttl]: expiryOf(nowMs) });
      const { kind, item } = await io.putIf({ Item, ...NEW });
      return kind === "applied" || item === undefined ? id : flightId.parse(item.flight?.S);
    },
    async ownerOf(batchId): Promise<FlightId | undefined> {
      const item = await io.get(keys.batch(batchId));
      return item && flightId.parse(item.flight?.S);
    },
  };
}
