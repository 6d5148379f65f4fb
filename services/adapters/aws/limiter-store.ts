/** Items of limit classes in DynamoDB: one conditional update a booking. */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { keys, type LimitName, table as schema } from "../../contract/tables.ts";
import type { LimiterStore, Seen } from "../../ports/limiter-store.ts";
import { call, failed } from "./call.ts";
import { toItem } from "./item.ts";
import { beginUpdate, bookUpdate, changeUpdate, type LimiterUpdate, limitItemOf } from "./limiter-item.ts";
import { dateOf, keepDates } from "./server-date.ts";

/** `dynamo` must send a call once, without retries of its own: a booking that happened twice is lost rate, or credit for nothing. */
export function dynamoLimiterStore({ dynamo, table }: { dynamo: DynamoDBClient; table: string }): LimiterStore {
  keepDates(dynamo);
  const keyOf = (name: LimitName) => toItem(keys.limit(name));

  async function read(name: LimitName): Promise<Seen> {
    const command = new GetItemCommand({ TableName: table, Key: keyOf(name), ConsistentRead: true });
    const answer = await call("GetItem", dynamo.send(command));
    return { item: answer.Item && limitItemOf(answer.Item), serverDateMs: dateOf(answer) };
  }

  async function update(name: LimitName, input: LimiterUpdate): Promise<Seen & { kind: "done" | "refused" }> {
    const command = new UpdateItemCommand({
      TableName: table,
      Key: keyOf(name),
      ...input,
      ReturnValues: "ALL_NEW",
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    });
    try {
      const answer = await dynamo.send(command);
      if (answer.Attributes === undefined) throw new Error("an update was answered without the item");
      return { kind: "done", item: limitItemOf(answer.Attributes), serverDateMs: dateOf(answer) };
    } catch (cause) {
      if (!(cause instanceof ConditionalCheckFailedException)) throw failed("UpdateItem", cause);
      // Not every server sends the item with the refusal; a read after it is as good.
      if (cause.Item === undefined) return { kind: "refused", ...(await read(name)) };
      return { kind: "refused", item: limitItemOf(cause.Item), serverDateMs: undefined };
    }
  }

  return {
    read,
    begin: (name, control) => update(name, beginUpdate(control, `attribute_not_exists(${schema.pk})`)),
    async book(name, version, write) {
      const answer = await update(name, bookUpdate(version, write));
      return { ...answer, kind: answer.kind === "done" ? "booked" : "refused" };
    },
    async change(name, version, control) {
      const answer = await update(name, changeUpdate(version, control));
      return { ...answer, kind: answer.kind === "done" ? "changed" : "refused" };
    },
  };
}
