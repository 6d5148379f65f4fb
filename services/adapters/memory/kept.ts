/** A copy that nobody changes, whoever holds it: made once when it is stored, given to everybody who reads. */
export function kept<T>(value: T): T {
  const copy = structuredClone(value);
  freezeAll(copy);
  return copy;
}

function freezeAll(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  Object.freeze(value);
  for (const part of Object.values(value)) freezeAll(part);
}
