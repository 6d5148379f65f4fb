/** The documents that a run may read: given with it, or named objects of its tenant. */
import { z } from "zod";

/** Most documents of one run, characters of one of them, and of a name. */
const MAX = { documents: 50, textChars: 1_000_000, nameChars: 200 } as const;

/** A name is printed before a colon and may be an object's key: no colon, no line break, no way up the folders. */
export const documentName = z
  .string()
  .min(1)
  .max(MAX.nameChars)
  .regex(/^[^:\s\\][^:\n\r\\]*$/, "a name without colons, backslashes and line breaks")
  .refine((name) => !name.startsWith("/") && !name.split("/").includes(".."), "a name inside the tenant's own folder");

/** A document given with the run. */
export const givenDocument = z.strictObject({
  name: documentName,
  text: z.string().min(1).max(MAX.textChars),
});

const unique = (names: readonly string[]): boolean => new Set(names).size === names.length;

/** A question and what it is asked of: documents, keys of stored documents, or both. */
export const documentsInput = z
  .strictObject({
    question: z.string().trim().min(1).max(4_000).meta({ description: "what to find out" }),
    documents: z.array(givenDocument).max(MAX.documents).default([]).meta({ description: "documents given here" }),
    keys: z.array(documentName).max(MAX.documents).default([]).meta({ description: "stored documents, by name" }),
  })
  .refine(({ documents, keys }) => documents.length + keys.length > 0, {
    path: ["documents"],
    error: "at least one document or key",
  })
  .refine(({ documents, keys }) => unique([...documents.map(({ name }) => name), ...keys]), {
    path: ["documents"],
    error: "every document needs a name of its own",
  });
export type DocumentsInput = z.output<typeof documentsInput>;
