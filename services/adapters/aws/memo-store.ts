/** Remembered answers: one item a call. Time to live takes those away whose time is over. */
import { type MemoEntry, type MemoKey, memoEntry } from "../../contract/memo.ts";
import { keys, table } from "../../contract/tables.ts";
import type { MemoStore } from "../../ports/memo-store.ts";
import { attribute, fromItem, toItem } from "./item.ts";
import type { TableIo } from "./table-io.ts";

const itemOf = (key: MemoKey, entry: MemoEntry) =>
  toItem({ ...keys.memo(key), ...entry, [table.ttl]: Math.ceil(entry.untilMs / 1_000) });

/** Names are given because some of these words are DynamoDB's own. */
const OF_LEADER = {
  ConditionExpression: "#kind = :pending AND #leader = :leader",
  ExpressionAttributeNames: { "#kind": "kind", "#leader": "leader" },
};

/** The memo store over DynamoDB. */
export function dynamoMemoStore(io: TableIo): MemoStore {
  const mine = (leader: string) => ({
    ...OF_LEADER,
    ExpressionAttributeValues: { ":pending": attribute("pending"), ":leader": attribute(leader) },
  });
  return {
    async read(key) {
      const item = await io.get(keys.memo(key));
      return item && memoEntry.parse(fromItem(item));
    },
    async lead(key, lead, nowMs) {
      const { kind } = await io.putIf({
        Item: itemOf(key, { kind: "pending", ...lead }),
        ConditionExpression: `attribute_not_exists(${table.pk}) OR #until <= :now OR (#kind = :pending AND #leader = :leader)`,
        ExpressionAttributeNames: { "#until": "untilMs", "#kind": "kind", "#leader": "leader" },
        ExpressionAttributeValues: {
          ":now": attribute(nowMs),
          ":pending": attribute("pending"),
          ":leader": attribute(lead.leader),
        },
      });
      return kind === "applied";
    },
    async replace(key, leader, entry) {
      const condition = mine(leader);
      const { kind } =
        entry === undefined
          ? await io.removeIf(keys.memo(key), condition)
          : await io.putIf({ Item: itemOf(key, entry), ...condition });
      return kind === "applied";
    },
  };
}
