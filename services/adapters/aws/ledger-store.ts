/** The books over DynamoDB: each page is one JSON text; one too large for an item lies in `objects`. */
import { z } from "zod";
import {
  type Book,
  type BookPage,
  bookPage,
  bookState,
  latePage,
  ledgerState,
  type StoredCell,
  storedCell,
} from "../../contract/costs.ts";
import { limits } from "../../contract/limits.ts";
import {
  bookPartition,
  type ItemKey,
  keys,
  objects as objectKeys,
  sheetPartition,
  table,
} from "../../contract/tables.ts";
import { dayOf, hourStartMs } from "../../core/books.ts";
import { sha256 } from "../../core/digest.ts";
import type { LedgerStore, Sheets, Versioned } from "../../ports/ledger-store.ts";
import type { ObjectStore } from "../../ports/object-store.ts";
import { attribute, type Item, toItem } from "./item.ts";
import type { TableIo } from "./table-io.ts";
import { textItem, textOf } from "./text-item.ts";

type LedgerParts = { readonly io: TableIo; readonly objects: ObjectStore };

const STATE = "bookState";
/** Of the page, as a number that a condition can compare. */
const CHANGE = "bookChange";
const OPEN_OR_NEW = `attribute_not_exists(${STATE}) OR ${STATE} = :open`;
const seconds = (ms: number): number => Math.ceil(ms / 1_000);
const cellsOf = z.array(storedCell);

/** A text of costs as an item that goes `keepMs` after the time that it is about. */
function pageItem({ objects }: LedgerParts, key: ItemKey, value: object, expiresAtMs: number): Promise<Item> {
  const text = JSON.stringify(value);
  return textItem(objects, {
    key,
    objectKey: objectKeys.costs(key, sha256(text)),
    text,
    expiresAt: seconds(expiresAtMs),
  });
}

const bookEnds = (hour: number): number => hourStartMs(hour) + limits.keepBooksMs;

/** The text of an item as a value of a schema; undefined without a text. */
async function parsedText<S extends z.ZodType>(
  objects: ObjectStore,
  schema: S,
  item: Item,
): Promise<z.output<S> | undefined> {
  if (item.text === undefined && item.object === undefined) return undefined;
  return schema.parse(JSON.parse(await textOf(objects, item)));
}

async function bookOf({ objects }: LedgerParts, item: Item, owner: string, hour: number): Promise<Book> {
  const sealedAtMs = item.sealedAtMs?.N === undefined ? undefined : Number(item.sealedAtMs.N);
  const empty: BookPage = {
    owner,
    hour,
    change: 0,
    top: 0,
    open: [],
    left: [],
    cells: [],
    writtenAtMs: sealedAtMs ?? hourStartMs(hour),
  };
  const page = (await parsedText(objects, bookPage, item)) ?? empty;
  const state = bookState.parse(item[STATE]?.S);
  return { ...page, state, ...(sealedAtMs === undefined ? {} : { sealedAtMs }) };
}

/** Versions are the condition of a change. */
async function change({ io }: LedgerParts, item: Item, version: number): Promise<boolean> {
  const { kind, item: there } = await io.putIf({
    Item: { ...item, version: attribute(version + 1) },
    ConditionExpression: version === 0 ? `attribute_not_exists(${table.pk})` : "version = :version",
    ...(version === 0 ? {} : { ExpressionAttributeValues: { ":version": attribute(version) } }),
  });
  // Refused by our own change, whose answer was lost.
  const ours =
    there?.version?.N === String(version + 1) && there.text?.S === item.text?.S && there.object?.S === item.object?.S;
  return kind === "applied" || ours;
}

async function pages({ io }: LedgerParts, partition: string): Promise<Item[]> {
  const found: Item[] = [];
  const query = {
    KeyConditionExpression: `${table.pk} = :pk`,
    ExpressionAttributeValues: { ":pk": attribute(partition) },
    ConsistentRead: true,
  };
  for await (const page of io.pages(query)) found.push(...page);
  return found;
}

const ownerIn = (item: Item): string => (item[table.sk]?.S ?? "").slice("BOOK#".length);
const isBook = (item: Item): boolean => item[table.sk]?.S?.startsWith("BOOK#") === true;

function books(parts: LedgerParts): Pick<LedgerStore, "keep" | "seal" | "complete" | "book" | "hour"> {
  const { io, objects } = parts;
  const at = (owner: string, hour: number) => keys.book(hour, owner);
  return {
    async keep(page, complete) {
      const item = await pageItem(parts, at(page.owner, page.hour), page, bookEnds(page.hour));
      const state = complete ? "COMPLETE" : "OPEN";
      const { kind, item: there } = await io.putIf({
        Item: { ...item, [STATE]: attribute(state), [CHANGE]: attribute(page.change) },
        ConditionExpression: `attribute_not_exists(${STATE}) OR (${STATE} = :open AND ${CHANGE} <= :change)`,
        ExpressionAttributeValues: { ":open": attribute("OPEN"), ":change": attribute(page.change) },
      });
      if (there?.[STATE]?.S === "OPEN") return "kept";
      const same = there?.[STATE]?.S === state && there.text?.S === item.text?.S && there.object?.S === item.object?.S;
      return kind === "applied" || same ? "kept" : "sealed";
    },
    async seal(owner, hour, nowMs) {
      const { item } = await io.update(at(owner, hour), {
        UpdateExpression: `SET ${STATE} = :sealed, sealedAtMs = :now, ${table.ttl} = :expires`,
        ConditionExpression: OPEN_OR_NEW,
        ExpressionAttributeValues: toItem({
          ...{ ":sealed": "SEALED", ":now": nowMs, ":expires": seconds(bookEnds(hour)), ":open": "OPEN" },
        }),
      });
      if (item === undefined) throw new Error(`seal: the book of ${owner} is gone`);
      return bookOf(parts, item, owner, hour);
    },
    async complete(owner, hour) {
      await io.update(at(owner, hour), {
        UpdateExpression: `SET ${STATE} = :complete`,
        ConditionExpression: `${STATE} = :sealed`,
        ExpressionAttributeValues: toItem({ ":complete": "COMPLETE", ":sealed": "SEALED" }),
      });
    },
    async book(owner, hour) {
      const item = await io.get(at(owner, hour));
      return item && bookOf(parts, item, owner, hour);
    },
    async hour(hour) {
      const items = await pages(parts, bookPartition(hour));
      const found = items.filter(isBook).map((item) => bookOf(parts, item, ownerIn(item), hour));
      const late = items.find((item) => !isBook(item));
      return {
        books: await Promise.all(found),
        late: (late && (await parsedText(objects, latePage, late)))?.cells ?? [],
      };
    },
  };
}

async function sheetsOf(parts: LedgerParts, day: string): Promise<Sheets> {
  const hours = new Map<number, readonly StoredCell[]>();
  let whole: readonly StoredCell[] | undefined;
  for (const item of await pages(parts, sheetPartition(day))) {
    const sk = item[table.sk]?.S ?? "";
    const cells = await parsedText(parts.objects, cellsOf, item);
    if (sk === keys.daySheet(day).sk) whole = cells;
    else hours.set(Number(sk.split("#")[1]), cells ?? []);
  }
  return { day: whole, hours };
}

/** The ledger store over DynamoDB, large texts in `objects`. */
export function dynamoLedgerStore(parts: LedgerParts): LedgerStore {
  const { io, objects } = parts;
  async function versioned<S extends z.ZodType>(key: ItemKey, schema: S): Promise<Versioned<z.output<S>> | undefined> {
    const item = await io.get(key);
    const value = item && (await parsedText(objects, schema, item));
    return item && value !== undefined ? { version: Number(item.version?.N), value } : undefined;
  }
  return {
    ...books(parts),
    late: async (hour) =>
      (await versioned(keys.late(hour), latePage)) ?? { version: 0, value: { keys: [], cells: [] } },
    changeLate: async (hour, version, page) =>
      change(parts, await pageItem(parts, keys.late(hour), page, bookEnds(hour)), version),
    sheets: (day) => sheetsOf(parts, day),
    async putHourSheet(hour, cells) {
      await io.put(
        await pageItem(parts, keys.hourSheet(dayOf(hour), hour), cells, hourStartMs(hour) + limits.keepHoursMs),
      );
    },
    async putDaySheet(day, cells) {
      await io.put(await pageItem(parts, keys.daySheet(day), cells, Date.parse(day) + limits.keepDaysMs));
    },
    state: () => versioned(keys.ledger, ledgerState),
    changeState: (version, state) => change(parts, toItem({ ...keys.ledger, text: JSON.stringify(state) }), version),
  };
}
