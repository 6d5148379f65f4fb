import type { CountField, HeadWrite, RunHead } from "../../contract/run.ts";

/**
 * What a conditional write makes of a head, or undefined when its guard refuses: a guarded field must be there and equal.
 * `add` and `copy` read the values from before the write; a copy of an absent field fails, as it does in DynamoDB.
 * Whoever keeps the result checks it: nothing here looks at types.
 */
export function applyHeadWrite(head: RunHead, write: HeadWrite): RunHead | undefined {
  if (!isGuarded(head, write.guard)) return undefined;
  assertNamedOnce(write);
  const after = { ...head };
  for (const field of fieldsOf(write.add)) after[field] = numberIn(head, field, 0) + (write.add?.[field] ?? 0);
  for (const field of fieldsOf(write.copy)) after[field] = numberIn(head, write.copy?.[field] ?? field);
  return without(Object.assign(after, write.set), write.remove ?? []);
}

/** Made anew: an object from which a property was deleted is a slow one, for all who read or copy it later. */
function without(head: RunHead, fields: NonNullable<HeadWrite["remove"]>): RunHead {
  if (fields.every((field) => head[field] === undefined)) return head;
  const gone = new Set<string>(fields);
  return Object.fromEntries(Object.entries(head).filter(([field]) => !gone.has(field))) as RunHead;
}

function isGuarded(head: RunHead, guard: HeadWrite["guard"]): boolean {
  for (const field in guard) {
    const wanted = guard[field as keyof HeadWrite["guard"]];
    if (wanted !== undefined && head[field as keyof HeadWrite["guard"]] !== wanted) return false;
  }
  return true;
}

/** The keys of a part of a write are what its type says; the compiler only knows strings. */
const fieldsOf = (part: Partial<Record<CountField, unknown>> | undefined): CountField[] =>
  part === undefined ? [] : (Object.keys(part) as CountField[]);

function numberIn(head: RunHead, field: CountField, absent?: number): number {
  const value = head[field] ?? absent;
  if (typeof value !== "number") throw new Error(`head write: ${field} is not there to be read`);
  return value;
}

/** DynamoDB refuses an update that names an attribute twice, so the fake does too. */
function assertNamedOnce({ set, add, copy, remove }: HeadWrite): void {
  const seen = new Set<string>(remove);
  let named = remove?.length ?? 0;
  for (const part of [set, add, copy]) {
    for (const field in part) {
      seen.add(field);
      if (seen.size !== ++named) throw new Error(`head write: ${field} is written twice`);
    }
  }
}
