/**
 * What the calls of the AWS adapters are billed, by the size rules of DynamoDB (1 KB of the larger of the old and the new item
 * is a write unit, 4 KB a consistent read unit; an index entry that appears, changes or goes is a write, one whose key
 * changes is two) and by the requests to SQS. Emulators leave the indexes out of their own count.
 */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { AwsClients } from "../../services/adapters/aws/clients.ts";
import { table } from "../../services/contract/tables.ts";

type Item = Record<string, AttributeValue>;

/** USD for one of each, us-east-1, on demand, without free tiers; as quoted in 2026-03 to 2026-06. */
export const unitPrices = { write: 0.625e-6, read: 0.125e-6, sqs: 0.4e-6, fairQueue: 0.1e-6 } as const;

const bytes = (text: string): number => Buffer.byteLength(text);

function valueBytes(value: AttributeValue): number {
  if (value.S !== undefined) return bytes(value.S);
  // Two digits a byte and one more; a sign is another.
  if (value.N !== undefined) return Math.ceil(value.N.replace(/\D/g, "").length / 2) + 2;
  if (value.SS !== undefined) return value.SS.reduce((sum, text) => sum + bytes(text), 3);
  if (value.BOOL !== undefined) return 1;
  throw new TypeError(`no size is known for ${Object.keys(value).join()}`);
}

export const itemBytes = (item: Item | undefined): number =>
  Object.entries(item ?? {}).reduce((sum, [name, value]) => sum + bytes(name) + valueBytes(value), 0);

const units = (size: number, each: number): number => Math.max(1, Math.ceil(size / each));

type Index = { readonly name: string; readonly keys: readonly string[]; readonly include: readonly string[] };
const indexes: readonly Index[] = [
  { name: "byTenant", keys: [table.byTenant.pk, table.byTenant.sk], include: table.byTenant.include },
  { name: "byHolder", keys: [table.byHolder.pk, table.byHolder.sk], include: [] },
  { name: "byDeadline", keys: [table.byDeadline.pk, table.byDeadline.sk], include: [] },
];

const shown = (item: Item | undefined, names: readonly string[]): string | undefined =>
  item === undefined || names.some((name) => item[name] === undefined)
    ? undefined
    : JSON.stringify(names.map((name) => item[name]));

/** Writes that one index needs when an item becomes another. */
export function indexWrites(index: Index, before: Item | undefined, after: Item | undefined): number {
  const [was, is] = [shown(before, index.keys), shown(after, index.keys)];
  if (was === undefined && is === undefined) return 0;
  if (was === undefined || is === undefined) return 1;
  if (was !== is) return 2;
  return shown(before, [...index.keys, ...index.include]) === shown(after, [...index.keys, ...index.include]) ? 0 : 1;
}

/** One line of the bill. */
export type Line = { count: number; units: number };
export type Bill = Map<string, Line>;

/** Counts everything that these clients do from now on; items whose key begins otherwise are left out by `isOfRun`. */
export function countBill(clients: AwsClients, isOfRun: (pk: string) => boolean): Bill {
  const bill: Bill = new Map();
  const items = new Map<string, Item>();
  const add = (what: string, count: number) => {
    const line = bill.get(what) ?? { count: 0, units: 0 };
    bill.set(what, { count: line.count + 1, units: line.units + count });
  };
  const kindOf = (item: Item): string => (item.sk?.S ?? "").split("#")[0] ?? "";
  const wrote = (after: Item) => {
    const key = `${after.pk?.S} ${after.sk?.S}`;
    if (!isOfRun(after.pk?.S ?? "")) return;
    const before = items.get(key);
    items.set(key, after);
    add(`write ${kindOf(after)}`, units(Math.max(itemBytes(before), itemBytes(after)), 1_024));
    for (const index of indexes) {
      const writes = indexWrites(index, before, after);
      if (writes > 0) add(`write index ${index.name}`, writes);
    }
  };
  clients.dynamodb.middlewareStack.add(
    (next, context) => async (args) => {
      const { commandName } = context as { commandName: string };
      const answer = await next(args);
      const input = args.input as Record<string, never>;
      const output = answer.output as unknown as Record<string, never>;
      if (commandName === "PutItemCommand") wrote(input.Item ?? {});
      if (commandName === "UpdateItemCommand") wrote(output.Attributes ?? {});
      if (commandName === "BatchWriteItemCommand")
        for (const requests of Object.values<{ PutRequest: { Item: Item } }[]>(input.RequestItems ?? {}))
          for (const { PutRequest } of requests) wrote(PutRequest.Item);
      if (commandName === "BatchGetItemCommand")
        for (const found of Object.values<Item[]>(output.Responses ?? {}))
          for (const item of found)
            if (isOfRun(item.pk?.S ?? "")) add(`read ${kindOf(item)}`, units(itemBytes(item), 4_096));
      return answer;
    },
    { step: "initialize", name: "bill" },
  );
  clients.sqs.middlewareStack.add(
    (next, context) => async (args) => {
      const { commandName } = context as { commandName: string };
      const answer = await next(args);
      const { Messages } = answer.output as unknown as { Messages?: unknown[] };
      // Polls that find nothing belong to the worker, not to a run.
      if (commandName !== "ReceiveMessageCommand" || (Messages ?? []).length > 0)
        add(`sqs ${commandName.replace(/Command$/, "")}`, 1);
      return answer;
    },
    { step: "initialize", name: "bill" },
  );
  return bill;
}

/** What a line costs in USD. */
export function priceOf(what: string, { units: count }: Line): number {
  if (what.startsWith("sqs")) return count * (unitPrices.sqs + unitPrices.fairQueue);
  return count * (what.startsWith("read") ? unitPrices.read : unitPrices.write);
}
