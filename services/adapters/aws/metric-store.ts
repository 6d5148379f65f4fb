/** Metrics in DynamoDB: one item of sums for each kind of process and minute, one since the beginning, one of gauges. */
import { type DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { limits } from "../../contract/limits.ts";
import { type Cells, gauges, minuteOf } from "../../contract/metric-cells.ts";
import {
  type ItemKey,
  keys,
  metricMinutes,
  metricPartition,
  metricTotals,
  table as schema,
} from "../../contract/tables.ts";
import { addCells } from "../../core/metric-cells.ts";
import type { MetricPage, MetricStore } from "../../ports/metric-store.ts";
import { call } from "./call.ts";
import { attribute, type Item, toItem } from "./item.ts";
import type { TableIo } from "./table-io.ts";

/** `dynamo` must send a call once, without retries of its own: sums that were added twice are wrong. */
type Options = { readonly io: TableIo; readonly dynamo: DynamoDBClient; readonly table: string };

/** Adds every cell, and sets `sets` where the item is new. */
function addition(key: ItemKey, cells: Cells, sets: Readonly<Record<string, number>>) {
  const names: Record<string, string> = {};
  const values: Item = {};
  const bind = ([name, value]: readonly [string, number], i: number, kind: string): string => {
    names[`#${kind}${i}`] = name;
    values[`:${kind}${i}`] = attribute(value);
    return `#${kind}${i}`;
  };
  const added = Object.entries(cells).map((cell, i) => `${bind(cell, i, "a")} :a${i}`);
  const set = Object.entries(sets).map((one, i) => {
    const name = bind(one, i, "s");
    return `${name} = if_not_exists(${name}, :s${i})`;
  });
  return {
    Key: toItem(key),
    UpdateExpression: `SET ${set.join(", ")} ADD ${added.join(", ")}`,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}

const NOT_CELLS: ReadonlySet<string> = new Set([schema.pk, schema.sk, schema.ttl, "sinceMs"]);

const cellsIn = (item: Item): Cells =>
  Object.fromEntries(
    Object.entries(item).flatMap(([name, value]) =>
      value.N === undefined || NOT_CELLS.has(name) ? [] : [[name, Number(value.N)] as const],
    ),
  );

const sortOf = (item: Item): string => item[schema.sk]?.S ?? "";
const MINUTE = /^MINUTE#(\d+)#/;

/** The metric store over DynamoDB. */
export function dynamoMetricStore({ io, dynamo, table }: Options): MetricStore {
  const send = (update: ReturnType<typeof addition>) =>
    call("UpdateItem", dynamo.send(new UpdateItemCommand({ TableName: table, ...update })));

  async function add({ role, atMs, cells }: MetricPage): Promise<void> {
    if (Object.keys(cells).length === 0) return;
    const minute = minuteOf(atMs);
    const expiresAt = Math.ceil((atMs + limits.keepMinutesMs) / 1_000);
    await Promise.all([
      send(addition(keys.metricTotal(role), cells, { sinceMs: atMs })),
      send(addition(keys.metricMinute(minute, role), cells, { [schema.ttl]: expiresAt })),
    ]);
  }

  async function read(fromMinute: number) {
    const items: Item[] = [];
    const pages = io.pages({
      KeyConditionExpression: "#pk = :pk AND #sk BETWEEN :from AND :to",
      ExpressionAttributeNames: { "#pk": schema.pk, "#sk": schema.sk },
      ExpressionAttributeValues: toItem({
        ":pk": metricPartition,
        ":from": metricMinutes(fromMinute),
        ":to": `${metricTotals}~`,
      }),
    });
    for await (const page of pages) items.push(...page);
    const minutes = new Map<number, Cells>();
    for (const item of items) {
      const [, minute] = MINUTE.exec(sortOf(item)) ?? [];
      if (minute !== undefined)
        minutes.set(Number(minute), addCells([minutes.get(Number(minute)) ?? {}, cellsIn(item)]));
    }
    const totals = items.filter((item) => sortOf(item).startsWith(metricTotals));
    const since = totals.map((item) => Number(item.sinceMs?.N));
    const text = items.find((item) => sortOf(item) === keys.gauges.sk)?.text?.S;
    return {
      sinceMs: since.length === 0 ? undefined : Math.min(...since),
      totals: addCells(totals.map(cellsIn)),
      minutes,
      gauges: text === undefined ? undefined : gauges.parse(JSON.parse(text)),
    };
  }

  return { add, read, publish: (value) => io.put(toItem({ ...keys.gauges, text: JSON.stringify(value) })) };
}
