/** Writes on a head, whatever they are for: what of one must be sent, and whether one has happened. Pure. */
import type { HeadWrite, RunHead } from "../contract/run.ts";

/**
 * Leaves out of a holder's write what the store has already, by the head that it gave last: nobody else changes these fields
 * while the run is held, and a short write is a cheap one (an embedded store spends a fifth of an update on its expressions).
 */
export function onlyChanged(write: HeadWrite, stored: RunHead): HeadWrite {
  const set = Object.entries(write.set).filter(([field, value]) => stored[field as keyof RunHead] !== value);
  const remove = write.remove?.filter((field) => stored[field] !== undefined);
  return { ...write, set: Object.fromEntries(set), ...(remove === undefined ? {} : { remove }) };
}

/**
 * Whether the head shows that a write of ours was applied although it was refused or not answered. A write that sets nothing
 * leaves no trace, so nothing shows it.
 */
export function wasApplied(head: RunHead, write: HeadWrite): boolean {
  if (Object.keys(write.set).length === 0) return false;
  if (write.guard.epoch !== undefined && write.set.epoch === undefined && head.epoch !== write.guard.epoch)
    return false;
  return Object.entries(write.set).every(([field, value]) => head[field as keyof RunHead] === value);
}
