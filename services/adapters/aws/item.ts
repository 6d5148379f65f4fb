/** Records as DynamoDB attributes and back: strings, integers, booleans; an absent field is no attribute. */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";

/** What one attribute may hold. */
export type Scalar = string | number | boolean;
/** A stored item. */
export type Item = Record<string, AttributeValue>;

/** One value as an attribute. Throws on a number that is not a safe integer: no part of a run is a fraction. */
export function attribute(value: Scalar): AttributeValue {
  if (typeof value === "string") return { S: value };
  if (typeof value === "boolean") return { BOOL: value };
  if (!Number.isSafeInteger(value)) throw new RangeError(`an item holds integers, not ${value}`);
  return { N: String(value) };
}

/** A flat record as an item; fields that are undefined are left out. */
export function toItem(record: Readonly<Record<string, Scalar | undefined>>): Item {
  const item: Item = {};
  for (const [field, value] of Object.entries(record)) if (value !== undefined) item[field] = attribute(value);
  return item;
}

/** The plain record of an item, string sets as arrays, for a schema to parse. Throws on a type that we never write. */
export function fromItem(item: Item): Record<string, Scalar | string[]> {
  const record: Record<string, Scalar | string[]> = {};
  for (const [field, value] of Object.entries(item)) record[field] = plain(field, value);
  return record;
}

function plain(field: string, value: AttributeValue): Scalar | string[] {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return Number(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.SS !== undefined) return value.SS;
  throw new TypeError(`attribute ${field} has a type that we never write: ${Object.keys(value).join()}`);
}
