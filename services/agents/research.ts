/** Answers a question from documents, and cites the lines that the answer rests on. */
import { z } from "zod";
import { defineAgent } from "../core/agent.ts";
import { documentsInput } from "./documents/input.ts";
import { countMatches, listDocuments, readDocument, searchDocuments, takeNote } from "./documents/tools.ts";

const citation = z.object({
  document: z.string().meta({ description: "name of the document" }),
  line: z.int().min(1).meta({ description: "number of the line, as the tools print it" }),
  quote: z.string().meta({ description: "words of that line, copied exactly" }),
});

export default defineAgent({
  version: "1",
  description: "Answers a question from documents given with the run or stored, and cites document and line.",
  model: "standard",
  turnsMax: 20,
  instructions: [
    "You answer questions from a set of documents, and from nothing else.",
    "List the documents first. Search for the words that matter, then read around the best lines.",
    "Count with count_matches when the question asks how many. Keep each finding with take_note.",
    "Tools print lines as document:line: text. Every claim of your answer rests on such a line: cite its document and",
    "number and quote its words exactly. When the documents do not answer the question, say so and cite nothing.",
  ].join("\n"),
  input: documentsInput,
  output: z.object({ answer: z.string(), citations: z.array(citation) }),
  tools: [listDocuments, readDocument, searchDocuments, countMatches, takeNote],
  prompt: ({ question }) => question,
});
