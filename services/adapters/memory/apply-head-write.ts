import { type HeadWrite, type RunHead, runHead } from "../../contract/run.ts";

/**
 * What a conditional write makes of a head, or undefined when its guard refuses: a guarded field must be there and equal.
 * `add` and `copy` read the values from before the write; a copy of an absent field fails, as it does in DynamoDB.
 */
export function applyHeadWrite(head: RunHead, write: HeadWrite): RunHead | undefined {
  const before = new Map<string, unknown>(Object.entries(head));
  for (const [field, value] of Object.entries(write.guard)) {
    if (value !== undefined && before.get(field) !== value) return undefined;
  }
  assertNamedOnce(write);
  const after = new Map(before);
  for (const [field, by] of Object.entries(write.add ?? {})) after.set(field, numberIn(before, field, 0) + by);
  for (const [field, from] of Object.entries(write.copy ?? {})) after.set(field, numberIn(before, from));
  for (const [field, value] of Object.entries(write.set)) if (value !== undefined) after.set(field, value);
  for (const field of write.remove ?? []) after.delete(field);
  return runHead.parse(Object.fromEntries(after));
}

function numberIn(fields: ReadonlyMap<string, unknown>, field: string, absent?: number): number {
  const value = fields.get(field) ?? absent;
  if (typeof value !== "number") throw new Error(`head write: ${field} is not there to be read`);
  return value;
}

/**
 * DynamoDB refuses an update that names an attribute twice, so the fake does too. A copy of a field that the same write adds
 * to is refused because stand-ins of DynamoDB disagree on it.
 */
function assertNamedOnce(write: HeadWrite): void {
  const named = [write.set, write.add ?? {}, write.copy ?? {}].flatMap(Object.keys).concat(write.remove ?? []);
  const twice = named.find((field, i) => named.indexOf(field) !== i);
  if (twice !== undefined) throw new Error(`head write: ${twice} is written twice`);
  const moving = Object.values(write.copy ?? {}).find((field) => Object.hasOwn(write.add ?? {}, field));
  if (moving !== undefined) throw new Error(`head write: ${moving} is copied and added to`);
}
