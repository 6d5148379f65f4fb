/** A `HeadWrite` as the expressions of one UpdateItem. */
import type { HeadWrite } from "../../contract/run.ts";
import { table } from "../../contract/tables.ts";
import { attribute, type Item, type Scalar } from "./item.ts";

/** Names are fixed by the shape of a write, values by the write. */
export type HeadExpression = Shape & { readonly values: Item };
type Shape = {
  readonly update: string;
  readonly condition: string;
  readonly names: Record<string, string>;
};

/** Shapes repeat (there are about as many as transitions); more than this many are forgotten together. */
const SHAPES_MAX = 256;
const shapes = new Map<string, Shape>();

type Field = readonly [field: string, value: Scalar];
const fields = (part: Readonly<Record<string, Scalar | undefined>> = {}): Field[] =>
  Object.entries(part).flatMap(([field, value]): Field[] => (value === undefined ? [] : [[field, value]]));

/** Builds the expressions of a write. The item must exist and every field of the guard must be equal. */
export function headExpression(write: HeadWrite): HeadExpression {
  const guard = fields(write.guard);
  const set = fields(write.set);
  const add = fields(write.add);
  const copy = fields(write.copy);
  const remove = write.remove ?? [];
  const shapeKey = [guard, set, add].map((part) => part.map(([field]) => field).join()).join("|");
  const cacheKey = `${shapeKey}|${copy.join()}|${remove.join()}`;
  const shape = shapes.get(cacheKey) ?? remember(cacheKey, shapeOf({ guard, set, add, copy, remove }));
  const values: Item = {};
  for (const [field, value] of guard) values[`:g_${field}`] = attribute(value);
  for (const [field, value] of set) values[`:s_${field}`] = attribute(value);
  for (const [field, value] of add) values[`:a_${field}`] = attribute(value);
  return { ...shape, values };
}

type Parts = Record<"guard" | "set" | "add" | "copy", readonly Field[]> & { readonly remove: readonly string[] };

function shapeOf({ guard, set, add, copy, remove }: Parts): Shape {
  const assignments = [
    ...set.map(([field]) => `#${field} = :s_${field}`),
    ...copy.map(([field, from]) => `#${field} = #${from}`),
  ];
  const sections = [
    ["SET", assignments],
    ["ADD", add.map(([field]) => `#${field} :a_${field}`)],
    ["REMOVE", remove.map((field) => `#${field}`)],
  ] as const;
  const used = [guard, set, add, copy].flat().map(([field]) => field);
  const names = [...used, ...copy.map(([, from]) => String(from)), ...remove];
  return {
    update: sections.flatMap(([word, list]) => (list.length === 0 ? [] : [`${word} ${list.join(", ")}`])).join(" "),
    // An equality says already that there is an item; parsing is a good part of what a write costs an embedded server.
    condition: guard.map(([field]) => `#${field} = :g_${field}`).join(" AND ") || `attribute_exists(${table.pk})`,
    names: Object.fromEntries(names.map((field) => [`#${field}`, field])),
  };
}

function remember(cacheKey: string, shape: Shape): Shape {
  if (shapes.size >= SHAPES_MAX) shapes.clear();
  shapes.set(cacheKey, shape);
  return shape;
}
