/** Long tool results: what the model sees instead of one, and the pages that it may ask for. Pure. */
import { z } from "zod";

/** Name of the tool that every agent with tools has besides its own. */
export const READ_MORE = "read_more";

/** Arguments of a call: the key that a shortened result names, and a place in the whole text. */
export const readMoreInput = z.strictObject({
  key: z.string().min(1).max(100).meta({ description: "key that the shortened result names" }),
  offset: z.int().min(0).meta({ description: "character to read from; the result says which comes next" }),
});

/** As it is frozen into an agent. */
export const readMoreText =
  "Reads on in a tool result that was too long to show: a page of its text from a character on.";

/** Longest beginning of a text within so many bytes of UTF-8; never half a character. */
function beginning(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  return new TextDecoder().decode(Buffer.from(text).subarray(0, Math.max(0, bytes))).replace(/\uFFFD$/, "");
}

/** Longest end of a text within so many bytes of UTF-8; never half a character. */
function ending(text: string, bytes: number): string {
  const all = Buffer.from(text);
  return new TextDecoder().decode(all.subarray(Math.max(0, all.length - bytes))).replace(/^\uFFFD+/, "");
}

/** Without the line that was cut, where whole lines are left. */
const wholeLines = (text: string): string => text.slice(0, text.lastIndexOf("\n") + 1) || text;
const wholeLinesAtEnd = (text: string): string => text.slice(text.indexOf("\n") + 1) || text;

/** Bytes that the words around head and tail may take. */
const NOTE_BYTES = 400;
const HEAD_SHARE = 0.75;

/** Fewest bytes of a shortened result; below it a result is cut instead. */
export const SHORTENED_LEAST_BYTES = NOTE_BYTES * 3;

/** Head and tail of a text, at most `bytes` long, with how to read what lies between. The same text and key give the same bytes. */
export function shortened(text: string, { key, bytes }: { readonly key: string; readonly bytes: number }): string {
  const room = bytes - NOTE_BYTES;
  const head = wholeLines(beginning(text, Math.floor(room * HEAD_SHARE)));
  const tail = wholeLinesAtEnd(ending(text, room - Math.floor(room * HEAD_SHARE)));
  const left = text.length - head.length - tail.length;
  const how = `${READ_MORE} with {"key":"${key}","offset":${head.length}} reads on`;
  return `${head}\n[${left} of ${text.length} characters are left out here; ${how}]\n${tail}`;
}

/** A page of a text from a character on, at most `bytes` long, and where the next one begins. */
export function pageOf(text: string, offset: number, bytes: number): string {
  if (offset >= text.length) return `[the text has ${text.length} characters; nothing comes after character ${offset}]`;
  const page = beginning(text.slice(offset), bytes - NOTE_BYTES);
  const next = offset + page.length;
  const more = next < text.length ? `more from offset ${next} on` : "this is the end";
  return `${page}\n[characters ${offset} to ${next} of ${text.length}; ${more}]`;
}
