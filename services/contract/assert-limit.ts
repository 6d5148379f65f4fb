/** Throws when a relation between limits does not hold. */
export function assertLimit(holds: boolean, why: string): void {
  if (!holds) throw new Error(`limits: ${why}`);
}
