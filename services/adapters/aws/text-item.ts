/** Texts that belong to a key: in the item while they fit, else in an object that the item points to. */
import { limits } from "../../contract/limits.ts";
import { type ItemKey, table } from "../../contract/tables.ts";
import type { ObjectStore } from "../../ports/object-store.ts";
import { type Item, toItem } from "./item.ts";

/** A text to store: `objectKey` is where it lies when it is above `limits.inlineBytes`; expiry in seconds since 1970. */
export type TextRecord = {
  readonly key: ItemKey;
  readonly objectKey: string;
  readonly text: string;
  readonly expiresAt: number;
};

/** When what a run leaves behind may go: after the latest end that it can have, and the time that ends are kept. */
export const expiryOf = (nowMs: number): number =>
  Math.ceil((nowMs + limits.deadlineMaxMs + limits.keepEndedMs) / 1_000);

/** The item of a text, its object stored already, so that a pointer never points at nothing. */
export async function textItem(objects: ObjectStore, record: TextRecord): Promise<Item> {
  const { key, objectKey, text, expiresAt } = record;
  if (Buffer.byteLength(text) <= limits.inlineBytes) return toItem({ ...key, text, [table.ttl]: expiresAt });
  await objects.put(objectKey, text);
  return toItem({ ...key, object: objectKey, [table.ttl]: expiresAt });
}

/** The text of an item. Throws when it points at an object that is gone. */
export async function textOf(objects: ObjectStore, item: Item): Promise<string> {
  if (item.text?.S !== undefined) return item.text.S;
  const key = item.object?.S;
  const text = key === undefined ? undefined : await objects.get(key);
  if (text === undefined) throw new Error(`the text of ${item[table.pk]?.S} ${item[table.sk]?.S} is gone`);
  return text;
}
