import { describe, expect, test } from "vitest";
import research from "../../../services/agents/research.ts";
import type { ToolContext } from "../../../services/core/agent.ts";

const documents = [
  { name: "log.txt", text: "The tide rose.\nTwo gulls sat on the pier.\nThe pier is dark.\n" },
  { name: "pies.txt", text: "Herring pie.\n" },
];
const stored: Readonly<Record<string, string>> = { "town/notes.txt": "A gull ate the pie.\n" };

const context = (input: unknown): ToolContext => ({
  input,
  key: "toolu_1",
  signal: new AbortController().signal,
  async readObject(name) {
    const text = stored[name];
    if (text === undefined) throw new Error(`no object ${name}`);
    return text;
  },
});

async function call(name: string, args: unknown, input: unknown = { question: "?", documents }): Promise<string> {
  const tool = research.tools.find((candidate) => candidate.name === name);
  if (tool === undefined) throw new Error(`no tool ${name}`);
  return tool.run(args, context(input));
}

const both = { question: "?", documents, keys: ["town/notes.txt"] };

describe("the tools of research", () => {
  test.each([
    ["list_documents", {}, "log.txt (3 lines): The tide rose.\npies.txt (1 lines): Herring pie."],
    [
      "read_document",
      { name: "log.txt", from_line: 2 },
      "log.txt:2: Two gulls sat on the pier.\nlog.txt:3: The pier is dark.",
    ],
    ["read_document", { name: "log.txt", from_line: 1, to_line: 1 }, "log.txt:1: The tide rose."],
    ["search_documents", { query: "gull" }, "log.txt:2: Two gulls sat on the pier."],
    ["search_documents", { query: "whale" }, "no line matches"],
    ["count_matches", { query: "pier" }, "log.txt: 2\npies.txt: 0\ntotal: 2"],
    ["take_note", { text: "dark" }, "noted: dark"],
    ["take_note", { text: "dark", document: "log.txt", line: 3 }, "noted: dark\nlog.txt:3: The pier is dark."],
  ])("%s %j", async (name, args, result) => {
    expect(await call(name, args)).toBe(result);
  });

  test("stored documents are read through the run's own objects and searched with the given ones", async () => {
    expect(await call("search_documents", { query: "pie" }, both)).toBe(
      "pies.txt:1: Herring pie.\ntown/notes.txt:1: A gull ate the pie.\nlog.txt:2: Two gulls sat on the pier.\nlog.txt:3: The pier is dark.",
    );
    expect(await call("list_documents", {}, both)).toContain("town/notes.txt (1 lines)");
  });

  test.each([
    ["read_document", { name: "nowhere.txt" }, /there are: log.txt, pies.txt/],
    ["read_document", { name: "log.txt", from_line: 0 }, /from_line/],
    ["take_note", { text: "x", line: 3 }, /a line needs its document/],
    ["take_note", { text: "x", document: "log.txt", line: 9 }, /behind its end/],
    ["search_documents", { query: "" }, /query/],
    ["search_documents", { query: "x", limit: 9 }, /limit/],
  ])("%s %j is refused with a reason", async (name, args, reason) => {
    await expect(call(name, args)).rejects.toThrow(reason);
  });

  test("an object that is not there is an error that names it", async () => {
    await expect(call("list_documents", {}, { question: "?", keys: ["gone.txt"] })).rejects.toThrow(
      "no object gone.txt",
    );
  });
});

describe("the input of research", () => {
  const document = { name: "a.txt", text: "a" };
  test.each([
    ["no question", { documents: [document] }],
    ["an empty question", { question: "  ", documents: [document] }],
    ["no document and no key", { question: "?" }],
    ["two documents of one name", { question: "?", documents: [document, document] }],
    ["a document named like a key", { question: "?", documents: [document], keys: ["a.txt"] }],
    ["an empty document", { question: "?", documents: [{ name: "a.txt", text: "" }] }],
    ["a name with a colon", { question: "?", documents: [{ name: "a:1", text: "a" }] }],
    ["a name with a line break", { question: "?", documents: [{ name: "a\nb", text: "a" }] }],
    ["a key outside the tenant's folder", { question: "?", keys: ["../other/a.txt"] }],
    ["an absolute key", { question: "?", keys: ["/a.txt"] }],
    ["51 documents", { question: "?", documents: Array.from({ length: 51 }, (_, i) => ({ name: `${i}`, text: "a" })) }],
    ["an unknown field", { question: "?", documents: [document], depth: 3 }],
  ])("%s is refused", (_, input) => {
    expect(research.input.safeParse(input).success).toBe(false);
  });

  test("the prompt is the question", () => {
    expect(research.prompt({ question: " How many gulls? ", documents: [document] })).toBe("How many gulls?");
  });
});
