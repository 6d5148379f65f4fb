/** A document as numbered lines, the way that readers cite it. */

/** Lines count from 1: `lines[0]` is line 1. */
export type Document = { readonly name: string; readonly lines: readonly string[] };

/** A place in a document. */
export type Place = { readonly document: string; readonly line: number; readonly text: string };

/** Longest line that a tool shows; the rest is cut off visibly. */
export const LINE_CHARS = 400;

/** Splits a text into lines; a line break at the end starts no line. */
export function documentOf(name: string, text: string): Document {
  const lines = text.split(/\r?\n/);
  if (lines.length > 1 && lines.at(-1) === "") lines.pop();
  return { name, lines };
}

/** One place as tools print it: `document:line: text`. */
export function renderPlace({ document, line, text }: Place): string {
  const shown = text.length > LINE_CHARS ? `${text.slice(0, LINE_CHARS)}…` : text;
  return `${document}:${line}: ${shown}`;
}

/** The document of that name. The error tells the model which names there are. */
export function pick(documents: readonly Document[], name: string): Document {
  const found = documents.find((document) => document.name === name);
  if (found !== undefined) return found;
  throw new Error(`no document "${name}"; there are: ${documents.map((document) => document.name).join(", ")}`);
}
