/** Access to one table: batched reads and puts, conditional writes whose refusal is a value, queries page by page. */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DeleteItemCommandInput,
  type DynamoDBClient,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import { limits } from "../../contract/limits.ts";
import { type ItemKey, table as schema } from "../../contract/tables.ts";
import { backoffMs } from "../../core/retry.ts";
import type { Chance, Clock } from "../../ports/clock.ts";
import { batchedGet, batchedPut } from "./batched-items.ts";
import { call, failed } from "./call.ts";
import { type Item, toItem } from "./item.ts";

export type TableOptions = {
  readonly dynamo: DynamoDBClient;
  readonly table: string;
  readonly clock: Clock;
  readonly chance: Chance;
};

/** `applied`: the item that the call answered with. `refused`: the item that refused it, absent when there is none. */
export type Conditional = { readonly kind: "applied" | "refused"; readonly item: Item | undefined };

/** A page of a query; `from` continues it. */
export type QueryPage = { readonly items: readonly Item[]; readonly from: Item | undefined };

type Of<I> = Omit<I, "TableName">;

/** Access to the table of a deployment; ports that share it share their batches. Every error carries its cause. */
export type TableIo = {
  /** Consistent. */
  get(key: ItemKey): Promise<Item | undefined>;
  put(item: Item): Promise<void>;
  putIf(input: Of<PutItemCommandInput>): Promise<Conditional>;
  /** Applied answers carry the whole item as it is after the update. */
  update(key: ItemKey, input: Omit<Of<UpdateItemCommandInput>, "Key" | "ReturnValues">): Promise<Conditional>;
  removeIf(key: ItemKey, input: Omit<Of<DeleteItemCommandInput>, "Key">): Promise<Conditional>;
  page(input: Of<QueryCommandInput>): Promise<QueryPage>;
  /** Pages to the end, at most `limits.queryPagesMax` of them: more is an error. */
  pages(input: Of<QueryCommandInput>): AsyncGenerator<readonly Item[]>;
};

export function tableIo({ dynamo, table, clock, chance }: TableOptions): TableIo {
  const backoff = { baseMs: limits.batchRetryBaseMs, maxMs: limits.batchRetryMaxMs };
  const pause = (attempt: number) => clock.sleep(backoffMs(attempt, backoff, chance.fraction()));
  const getKey = batchedGet({ dynamo, table, pause });
  const get = (key: ItemKey) => getKey(toItem(key));

  async function conditional(name: string, key: Item, answer: Promise<{ Attributes?: Item | undefined }>) {
    try {
      return { kind: "applied", item: (await answer).Attributes } satisfies Conditional;
    } catch (cause) {
      if (!(cause instanceof ConditionalCheckFailedException)) throw failed(name, cause);
      // Not every server sends the item with the refusal; a read after it is as good.
      return { kind: "refused", item: cause.Item ?? (await getKey(key)) } satisfies Conditional;
    }
  }

  const common = { TableName: table, ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;

  async function page(input: Of<QueryCommandInput>): Promise<QueryPage> {
    const answer = await call("Query", dynamo.send(new QueryCommand({ TableName: table, ...input })));
    return { items: answer.Items ?? [], from: answer.LastEvaluatedKey };
  }

  async function* pages(input: Of<QueryCommandInput>) {
    let start: Item | undefined;
    for (let count = 0; count < limits.queryPagesMax; count++) {
      const { items, from } = await page(start ? { ...input, ExclusiveStartKey: start } : input);
      yield items;
      if (!from) return;
      start = from;
    }
    throw new Error(`Query: more than ${limits.queryPagesMax} pages`);
  }

  return {
    get,
    put: batchedPut({ dynamo, table, pause }),
    putIf: (input) =>
      conditional("PutItem", keyOf(input.Item), dynamo.send(new PutItemCommand({ ...common, ...input }))),
    update: (key, input) => {
      const Key = toItem(key);
      const command = new UpdateItemCommand({ ...common, ...input, Key, ReturnValues: "ALL_NEW" });
      return conditional("UpdateItem", Key, dynamo.send(command));
    },
    removeIf: (key, input) => {
      const Key = toItem(key);
      return conditional("DeleteItem", Key, dynamo.send(new DeleteItemCommand({ ...common, ...input, Key })));
    },
    page,
    pages,
  };
}

/** The key part of an item. */
function keyOf(item: Item = {}): Item {
  const { [schema.pk]: pk, [schema.sk]: sk } = item;
  if (!pk || !sk) throw new TypeError("an item without its key");
  return { [schema.pk]: pk, [schema.sk]: sk };
}
