/** Reading a range of lines. */
import type { Document, Place } from "./document.ts";

/** Most lines of one read. */
export const READ_LINES = 200;

/** The lines of a range, and the number of the first line after it when there is more of what was asked for. */
export type Excerpt = { readonly places: readonly Place[]; readonly next?: number };

/**
 * Lines `from` to `to` (both included, counted from 1), at most `READ_LINES` of them. Throws when the range is empty or
 * starts behind the end; a range that ends behind it stops there.
 */
export function readLines(document: Document, from: number, to = document.lines.length): Excerpt {
  const { name, lines } = document;
  if (from > lines.length) throw new Error(`"${name}" has ${lines.length} lines; line ${from} is behind its end`);
  if (to < from) throw new Error(`the range ${from}-${to} is empty`);
  const wanted = Math.min(to, lines.length);
  const last = Math.min(wanted, from + READ_LINES - 1);
  const places = lines.slice(from - 1, last).map((text, i) => ({ document: name, line: from + i, text }));
  return last < wanted ? { places, next: last + 1 } : { places };
}
