/** Consistent reads and unconditional puts of many callers in as few calls as possible. */
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type DynamoDBClient,
  type WriteRequest,
} from "@aws-sdk/client-dynamodb";
import { limits } from "../../contract/limits.ts";
import { table as schema } from "../../contract/tables.ts";
import { batcher, type Outcome } from "./batcher.ts";
import { call } from "./call.ts";
import type { Item } from "./item.ts";

/** The table, and how to wait before what a call left unprocessed is tried again. */
export type BatchTarget = {
  readonly dynamo: DynamoDBClient;
  readonly table: string;
  readonly pause: (attempt: number) => Promise<void>;
};

const AGAIN = { kind: "again" } as const;
const keyText = (item: Item = {}): string => `${item[schema.pk]?.S}\n${item[schema.sk]?.S}`;

/** Gives a function that reads one item consistently; readers of one key share a read that has not been sent. */
export function batchedGet({ dynamo, table, pause }: BatchTarget): (key: Item) => Promise<Item | undefined> {
  return batcher<Item, Item | undefined>({
    name: "BatchGetItem",
    max: limits.readBatchMax,
    keyOf: keyText,
    join: true,
    pause,
    async send(keys) {
      const RequestItems = { [table]: { Keys: [...keys], ConsistentRead: true } };
      const answer = await call("BatchGetItem", dynamo.send(new BatchGetItemCommand({ RequestItems })));
      const found = new Map((answer.Responses?.[table] ?? []).map((item) => [keyText(item), item]));
      const left = new Set((answer.UnprocessedKeys?.[table]?.Keys ?? []).map(keyText));
      return keys.map((key): Outcome<Item | undefined> => {
        const text = keyText(key);
        return left.has(text) ? AGAIN : { kind: "done", value: found.get(text) };
      });
    },
  });
}

/** Gives a function that puts one item whatever was there; puts of one key apply in the order they were asked for. */
export function batchedPut({ dynamo, table, pause }: BatchTarget): (item: Item) => Promise<void> {
  return batcher<Item, void>({
    name: "BatchWriteItem",
    max: limits.writeBatchMax,
    keyOf: keyText,
    pause,
    async send(items) {
      const RequestItems = { [table]: items.map((item): WriteRequest => ({ PutRequest: { Item: item } })) };
      const answer = await call("BatchWriteItem", dynamo.send(new BatchWriteItemCommand({ RequestItems })));
      const left = new Set((answer.UnprocessedItems?.[table] ?? []).map((it) => keyText(it.PutRequest?.Item)));
      return items.map((item) => (left.has(keyText(item)) ? AGAIN : { kind: "done", value: undefined }));
    },
  });
}
