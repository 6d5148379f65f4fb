import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { modelFailureCode } from "../../services/contract/failures.ts";
import { usage } from "../../services/contract/run.ts";
import type { ContentBlock } from "../../services/contract/turn.ts";
import type { Model, ModelRequest } from "../../services/ports/model.ts";
import { aRunId } from "../support/ids.ts";
import type { Made, Make } from "./fixture.ts";

/**
 * A model that does on demand what the suite asks of it for the next call of the request's run: answer a text in several
 * pieces, ask for the tool `count` with `{ "word": "sea" }`, refuse with "overloaded", say nothing for ever.
 */
export type ModelMade = Made<Model> & {
  prepare(request: ModelRequest, what: "text" | "tool" | "overloaded" | "stall"): Promise<void> | void;
  /** Lets time pass until an idle bound of 200 ms is over. */
  idle(): Promise<void>;
};

const IDLE_MS = 200;
const aRequest = (): ModelRequest => ({
  runId: aRunId(),
  turn: 1,
  model: "claude-haiku-5-5",
  maxTokens: 500,
  system: "Answer briefly.",
  tools: [
    {
      name: "count",
      description: "Counts a word.",
      input_schema: { type: "object", properties: { word: { type: "string" } }, required: ["word"] },
    },
  ],
  messages: [{ role: "user", content: "How often does the word sea occur?" }],
});

const textOf = (content: readonly ContentBlock[]) =>
  content.map((block) => (typeof block.text === "string" ? block.text : "")).join("");

export function modelContract(name: string, make: Make<ModelMade>): void {
  describe(`Model: ${name}`, () => {
    let made: ModelMade;
    beforeAll(async () => {
      made = await make();
    });
    afterAll(() => made.dispose());
    const free = () => ({ signal: new AbortController().signal, idleMs: 10_000 });

    test("an answer has its text, usage and ids, and the text was streamed whole", async () => {
      const request = aRequest();
      await made.prepare(request, "text");
      const pieces: string[] = [];
      const answer = await made.port.call(request, { ...free(), onText: (text) => pieces.push(text) });
      if (answer.kind !== "answer") throw new Error(answer.message);
      expect(answer).toMatchObject({ model: request.model, stopReason: "end_turn" });
      expect(answer.messageId).not.toBe("");
      expect(usage.parse(answer.usage).outputTokens).toBeGreaterThan(0);
      expect(pieces.length).toBeGreaterThan(1);
      expect(pieces.join("")).toBe(textOf(answer.content));
    });

    test("a tool use comes with its parsed input", async () => {
      const request = aRequest();
      await made.prepare(request, "tool");
      const answer = await made.port.call(request, free());
      if (answer.kind !== "answer") throw new Error(answer.message);
      expect(answer.stopReason).toBe("tool_use");
      const use = answer.content.find((block) => block.type === "tool_use");
      expect(use).toMatchObject({ name: "count", input: { word: "sea" }, id: expect.any(String) });
    });

    test("an overloaded service is a failure with its code, not an exception, and is not billed", async () => {
      const request = aRequest();
      await made.prepare(request, "overloaded");
      expect(await made.port.call(request, free())).toMatchObject({
        kind: "failed",
        code: modelFailureCode.enum.overloaded,
        billed: "no",
      });
    });

    test("a silent stream is given up after the idle bound and may have been billed", async () => {
      const request = aRequest();
      await made.prepare(request, "stall");
      const called = made.port.call(request, { ...free(), idleMs: IDLE_MS });
      await made.idle();
      expect(await called).toMatchObject({ kind: "failed", code: "idle-stream", billed: "maybe" });
    });

    test("an aborted call ends as aborted", async () => {
      const request = aRequest();
      await made.prepare(request, "stall");
      const stop = new AbortController();
      const called = made.port.call(request, { signal: stop.signal, idleMs: 60_000 });
      stop.abort();
      expect(await called).toMatchObject({ kind: "failed", code: "aborted" });
    });

    test("a call that was aborted before it began is not billed", async () => {
      const outcome = await made.port.call(aRequest(), { signal: AbortSignal.abort(), idleMs: 60_000 });
      expect(outcome).toMatchObject({ kind: "failed", code: "aborted", billed: "no" });
    });
  });
}
