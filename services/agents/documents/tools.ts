/** Tools over the documents of a run. Lines come as `document:line: text`, so that an answer can cite them. */
import { z } from "zod";
import { type ToolContext, toolFor } from "../../core/agent.ts";
import { type Document, documentOf, pick, renderPlace } from "./document.ts";
import { type DocumentsInput, documentsInput } from "./input.ts";
import { readLines } from "./read.ts";
import { countLines, searchLines } from "./search.ts";

const tool = toolFor(documentsInput);
const lineNumber = z.int().min(1);
const query = z.string().min(1).max(300).meta({ description: "words to look for" });
const document = z.string().meta({ description: "name of a document" });

/** Every document of the run: the given ones, then those read by key. */
async function documentsOf({ input, readObject }: ToolContext<DocumentsInput>): Promise<Document[]> {
  const given = input.documents.map(({ name, text }) => documentOf(name, text));
  const stored = input.keys.map(async (key) => documentOf(key, await readObject(key)));
  return [...given, ...(await Promise.all(stored))];
}

export const listDocuments = tool({
  name: "list_documents",
  description: "Lists the documents: name, number of lines, first line.",
  replay: "pure",
  input: z.strictObject({}),
  run: async (_, context) => {
    const documents = await documentsOf(context);
    return documents.map(({ name, lines }) => `${name} (${lines.length} lines): ${lines[0]}`).join("\n");
  },
});

export const readDocument = tool({
  name: "read_document",
  description: "Reads lines of a document, all of them or a range. Each comes as document:line: text.",
  replay: "pure",
  input: z.strictObject({ name: document, from_line: lineNumber.default(1), to_line: lineNumber.optional() }),
  run: async ({ name, from_line, to_line }, context) => {
    const { places, next } = readLines(pick(await documentsOf(context), name), from_line, to_line);
    return [...places.map(renderPlace), ...(next === undefined ? [] : [`(more from line ${next} on)`])].join("\n");
  },
});

export const searchDocuments = tool({
  name: "search_documents",
  description: "Finds lines that hold words of the query in all documents, best first, as document:line: text.",
  replay: "pure",
  input: z.strictObject({ query }),
  run: async (args, context) => {
    const { places, more } = searchLines(await documentsOf(context), args.query);
    if (places.length === 0) return "no line matches";
    return [...places.map(renderPlace), ...(more === 0 ? [] : [`(${more} more lines match)`])].join("\n");
  },
});

export const countMatches = tool({
  name: "count_matches",
  description: "Counts, for each document, the lines that hold every word of the query.",
  replay: "pure",
  input: z.strictObject({ query }),
  run: async (args, context) => {
    const counts = countLines(await documentsOf(context), args.query);
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
    return [...[...counts].map(([name, count]) => `${name}: ${count}`), `total: ${total}`].join("\n");
  },
});

/** `pure`, not `keyed`: a note has no place but the conversation, so taking it again has no effect to protect. */
export const takeNote = tool({
  name: "take_note",
  description: "Keeps a finding in view, with the line that it comes from. The line is checked.",
  replay: "pure",
  input: z
    .strictObject({ text: z.string().min(1).max(2_000), document: document.optional(), line: lineNumber.optional() })
    .refine(({ document, line }) => line === undefined || document !== undefined, "a line needs its document"),
  run: async ({ text, document, line }, context) => {
    if (document === undefined) return `noted: ${text}`;
    const source = pick(await documentsOf(context), document);
    if (line === undefined) return `noted: ${text}\n${document}`;
    return [`noted: ${text}`, ...readLines(source, line, line).places.map(renderPlace)].join("\n");
  },
});
