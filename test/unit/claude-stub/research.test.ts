import type Anthropic from "@anthropic-ai/sdk";
import { describe, expect, it } from "vitest";
import { asTurn, MODEL, stubAndClient, user } from "./support.ts";

const DOCUMENTS: Readonly<Record<string, readonly string[]>> = {
  "harbour.txt": [
    "The harbour was built in 1851.",
    "Its walls are of granite from the north.",
    "In winter the storms close the harbour for weeks.",
    "The first lamp was lit by Ada Quill.",
  ],
  "lighthouse.md": [
    "The lighthouse stands on the western cape.",
    "Its keeper, Ada Quill, counted the ships every night.",
    "She counted 412 ships in the year of the great storm.",
  ],
};

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const found = (query: string): string[] =>
  Object.entries(DOCUMENTS).flatMap(([name, lines]) =>
    lines.flatMap((line, i) => (line.toLowerCase().includes(query.toLowerCase()) ? [`${name}:${i + 1}: ${line}`] : [])),
  );

type Input = Record<string, unknown>;
const TOOLS: Readonly<Record<string, (input: Input) => string>> = {
  list_documents: () =>
    Object.entries(DOCUMENTS)
      .map(([name, lines]) => `${name} (${lines.length} lines)`)
      .join("\n"),
  search_documents: (input) => found(text(input.query)).join("\n") || "no matches",
  count_matches: (input) => `${found(text(input.query)).length} lines`,
  read_document: (input) => {
    const lines = DOCUMENTS[text(input.name)] ?? [];
    const from = typeof input.from_line === "number" ? input.from_line : 1;
    const to = typeof input.to_line === "number" ? input.to_line : lines.length;
    const body = lines.flatMap((line, i) => (i + 1 >= from && i + 1 <= to ? [`${i + 1}: ${line}`] : []));
    return [`${text(input.name)} lines ${from}-${to}`, ...body].join("\n");
  },
  take_note: () => "noted",
};

async function research(question: string, more: Partial<Anthropic.MessageCreateParamsNonStreaming> = {}) {
  const { client } = await stubAndClient();
  const tools = Object.keys(TOOLS).map((name) => ({ name, input_schema: { type: "object" as const } }));
  const messages: Anthropic.MessageParam[] = [user(question)];
  const steps: string[][] = [];
  for (let turn = 1; turn < 20; turn++) {
    const answer = await client.messages.create(
      { model: MODEL, max_tokens: 2_000, tools, messages, ...more },
      asTurn("r", turn),
    );
    const uses = answer.content.filter((block) => block.type === "tool_use");
    if (uses.length === 0) {
      const [first] = answer.content;
      return { steps, turns: turn, answer: first?.type === "text" ? first.text : "" };
    }
    steps.push(uses.map((use) => use.name));
    messages.push({ role: "assistant", content: answer.content });
    messages.push({
      role: "user",
      content: uses.map((use) => ({
        type: "tool_result" as const,
        tool_use_id: use.id,
        content: TOOLS[use.name]?.(typeof use.input === "object" ? { ...use.input } : {}) ?? "no such tool",
      })),
    });
  }
  throw new Error("the research does not end");
}

const QUESTION = "How many ships did Ada Quill count in the year of the great storm?";

describe("research", () => {
  it("lists, searches and counts, reads, takes a note, and cites lines that exist", async () => {
    const { steps, turns, answer } = await research(QUESTION);
    expect(turns).toBeLessThanOrEqual(6);
    expect(steps[0]).toEqual(["list_documents"]);
    expect(steps[1]).toEqual(expect.arrayContaining(["search_documents", "count_matches"]));
    expect(steps[2]?.every((name) => name === "read_document")).toBe(true);
    expect(steps[3]).toEqual(["take_note"]);
    const citations = [...answer.matchAll(/\[([^\]:]+):(\d+)\]/g)];
    expect(citations.length).toBeGreaterThan(0);
    for (const [, document = "", line = ""] of citations) {
      expect(answer).toContain(DOCUMENTS[document]?.[Number(line) - 1] ?? "no such line");
    }
    expect(answer).toContain("412 ships");
  });

  it("answers by schema with quotes that are in the documents", async () => {
    const citation = {
      type: "object",
      properties: { document: { type: "string" }, line: { type: "integer" }, quote: { type: "string" } },
      required: ["document", "line", "quote"],
    };
    const schema = {
      type: "object",
      properties: { answer: { type: "string" }, citations: { type: "array", items: citation } },
      required: ["answer", "citations"],
    };
    const { answer } = await research(QUESTION, { output_config: { format: { type: "json_schema", schema } } });
    const value: { answer: string; citations: { document: string; line: number; quote: string }[] } =
      JSON.parse(answer);
    expect(value.answer).toContain("412");
    expect(value.citations.length).toBeGreaterThan(0);
    for (const { document, line, quote } of value.citations) expect(DOCUMENTS[document]?.[line - 1]).toBe(quote);
  });

  it("says so when the documents do not answer", async () => {
    const { answer, turns } = await research("Which zebra won xylophone competitions?");
    expect(turns).toBeLessThanOrEqual(6);
    expect(answer).toContain("do not answer");
    expect(answer).not.toMatch(/\[[^\]]+:\d+\]/);
  });

  it("asks for one tool at a time when told to", async () => {
    const { steps } = await research(QUESTION, { tool_choice: { type: "auto", disable_parallel_tool_use: true } });
    for (const names of steps) expect(names).toHaveLength(1);
  });
});
