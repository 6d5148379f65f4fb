/** Deltas, tool records and live text: one JSON text each, so that what the model sees again is the same byte for byte. */
import type { RunId } from "../../contract/ids.ts";
import { limits } from "../../contract/limits.ts";
import { keys, objects as objectKeys, table } from "../../contract/tables.ts";
import { liveText, type ToolRecord, type TurnDelta, toolRecord, turnDelta } from "../../contract/turn.ts";
import type { Clock } from "../../ports/clock.ts";
import type { HistoryStore } from "../../ports/history-store.ts";
import type { ObjectStore } from "../../ports/object-store.ts";
import { attribute, type Item } from "./item.ts";
import type { TableIo } from "./table-io.ts";
import { expiryOf, type TextRecord, textItem, textOf } from "./text-item.ts";

type HistoryOptions = { readonly io: TableIo; readonly objects: ObjectStore; readonly clock: Clock };

/** Checked, not copied: a parsed copy would order the keys of blocks anew, and the prompt cache compares bytes. */
const isDelta = (value: unknown): value is TurnDelta => turnDelta.safeParse(value).success;

/** The history store over DynamoDB, large texts in `objects`. */
export function dynamoHistoryStore({ io, objects, clock }: HistoryOptions): HistoryStore {
  const item = (value: object, place: Pick<TextRecord, "key" | "objectKey">) =>
    textItem(objects, { ...place, text: JSON.stringify(value), expiresAt: expiryOf(clock.nowMs()) });
  const read = async (stored: Item): Promise<unknown> => JSON.parse(await textOf(objects, stored));

  async function delta(stored: Item): Promise<TurnDelta> {
    const value = await read(stored);
    if (!isDelta(value)) throw new Error(`${stored[table.pk]?.S} ${stored[table.sk]?.S} is not a delta`);
    return value;
  }

  return {
    async putDelta(value) {
      const { runId, turn, epoch } = value;
      const place = { key: keys.turn(runId, turn, epoch), objectKey: objectKeys.turn(runId, turn, epoch) };
      await io.put(await item(value, place));
    },
    async deltas(id, from, below, max = Number.POSITIVE_INFINITY) {
      if (from >= below || max <= 0) return [];
      const winners = await winningItems(io, { id, from, below, max });
      const deltas: TurnDelta[] = [];
      for (let i = 0; i < winners.length; i += limits.objectsAtOnce)
        deltas.push(...(await Promise.all(winners.slice(i, i + limits.objectsAtOnce).map(delta))));
      return deltas;
    },
    async intendTool(record) {
      const stored = await item(record, placeOf(record));
      const outcome = await io.putIf({ Item: stored, ConditionExpression: `attribute_not_exists(${table.pk})` });
      if (outcome.kind === "applied" || !outcome.item) return record;
      return toolRecord.parse(await read(outcome.item));
    },
    completeTool: async (record) => io.put(await item(record, placeOf(record))),
    putLive: async (text) => {
      const key = keys.live(text.runId);
      await io.put(await item(text, { key, objectKey: `runs/${text.runId}/live` }));
    },
    async live(id) {
      const stored = await io.get(keys.live(id));
      return stored && liveText.parse(await read(stored));
    },
  };
}

const placeOf = ({ runId, toolUseId }: ToolRecord) => ({
  key: keys.tool(runId, toolUseId),
  objectKey: objectKeys.tool(runId, toolUseId),
});

type Range = { readonly id: RunId; readonly from: number; readonly below: number; readonly max: number };

/** The items of the first `max` turns of a range, of each turn the one with the highest epoch. */
async function winningItems(io: TableIo, { id, from, below, max }: Range): Promise<Item[]> {
  const winners = new Map<string, Item>();
  const pages = io.pages({
    KeyConditionExpression: `${table.pk} = :pk AND ${table.sk} BETWEEN :from AND :below`,
    ExpressionAttributeValues: {
      ":pk": attribute(keys.head(id).pk),
      ":from": attribute(keys.turnsFrom(from)),
      ":below": attribute(keys.turnsFrom(below)),
    },
    ConsistentRead: true,
    ...(Number.isFinite(max) ? { Limit: max + 1 } : {}),
  });
  for await (const page of pages) {
    for (const item of page) winners.set(turnPart(item), item);
    // A turn's epochs are next to each other: once a later turn was seen, those before it are complete.
    if (winners.size > max) break;
  }
  return [...winners.values()].slice(0, Number.isFinite(max) ? max : undefined);
}

/** `TURN#n` of the sort key `TURN#n#epoch`. */
const turnPart = (item: Item): string => (item[table.sk]?.S ?? "").split("#").slice(0, 2).join("#");
