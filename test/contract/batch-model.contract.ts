import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { customIdOf } from "../../services/core/batch.ts";
import type { Batched, BatchModel, BatchRequest } from "../../services/ports/batch-model.ts";
import { aRunId } from "../support/ids.ts";
import type { Made, Make } from "./fixture.ts";

/**
 * Batches that take some time. Of the requests of a batch each answers a text, asks for the tool `count` with `{ "word": "sea" }`, or
 * is rejected, as `prepare` was told for its run.
 */
export type BatchModelMade = Made<BatchModel> & {
  prepare(request: BatchRequest, what: "text" | "tool" | "rejected"): Promise<void> | void;
  /** The next creation happens, and its caller hears nothing of it. */
  loseCreation(): Promise<void> | void;
  /** Lets time pass until what was made has ended. */
  ends(): Promise<void>;
  nowMs(): number;
};

const options = { signal: new AbortController().signal, timeoutMs: 5_000 };
const MINUTE = 60_000;
const around = (atMs: number) => ({ fromMs: atMs - MINUTE, untilMs: atMs + MINUTE });
const aRequest = (maxTokens = 500): BatchRequest => {
  const runId = aRunId();
  const request = {
    ...{ runId, turn: 1, model: "claude-haiku-5-5", maxTokens, system: "Answer briefly." },
    tools: [
      {
        name: "count",
        description: "Counts a word.",
        input_schema: { type: "object", properties: { word: { type: "string" } }, required: ["word"] },
      },
    ],
    messages: [{ role: "user" as const, content: "How often does the word sea occur?" }],
  };
  return { customId: customIdOf(runId, 1), request };
};

function done<T>(answer: Batched<T>): T {
  if (answer.kind === "failed") throw new Error(`${answer.code}: ${answer.message}`);
  return answer.value;
}

export function batchModelContract(name: string, make: Make<BatchModelMade>): void {
  describe(`BatchModel: ${name}`, () => {
    let made: BatchModelMade;
    beforeAll(async () => {
      made = await make();
    });
    afterAll(() => made.dispose());

    test("a batch is made at once, takes its time, and tells then what became of each request", async () => {
      const { port } = made;
      const [text, tool, rejected] = [aRequest(), aRequest(), aRequest(-1)];
      await made.prepare(text, "text");
      await made.prepare(tool, "tool");
      await made.prepare(rejected, "rejected");
      const batch = done(await port.create([text, tool, rejected], options));
      expect(batch).toMatchObject({ size: 3, ended: false });
      expect(Math.abs(batch.createdAtMs - made.nowMs())).toBeLessThan(MINUTE);
      expect(await port.results(batch.id, options)).toMatchObject({ kind: "failed" });
      await made.ends();
      expect(done(await port.look(batch.id, options))).toEqual({ ...batch, ended: true });
      const items = new Map(done(await port.results(batch.id, options)).map((item) => [item.customId, item.result]));
      expect(items.size).toBe(3);
      expect(items.get(text.customId)).toMatchObject({
        kind: "answer",
        model: "claude-haiku-5-5",
        stopReason: "end_turn",
        content: [{ type: "text", text: "Twelve times." }],
        usage: { outputTokens: expect.any(Number), cacheReadTokens: 0 },
      });
      expect(items.get(tool.customId)).toMatchObject({
        kind: "answer",
        stopReason: "tool_use",
        content: [{ type: "tool_use", name: "count", input: { word: "sea" } }],
      });
      expect(items.get(rejected.customId)).toMatchObject({ kind: "failed", code: "request-rejected", billed: "no" });
    });

    test("a creation whose answer is lost may have made a batch, which is in the list", async () => {
      const { port } = made;
      const before = done(await port.madeIn(around(made.nowMs()), options));
      await made.loseCreation();
      expect(await port.create([aRequest(), aRequest()], options)).toMatchObject({ kind: "failed", billed: "maybe" });
      const after = done(await port.madeIn(around(made.nowMs()), options));
      expect(after).toHaveLength(before.length + 1);
      expect(after[0]).toMatchObject({ size: 2 });
      expect(done(await port.madeIn(around(made.nowMs() + 2 * MINUTE), options))).toEqual([]);
    });

    test("the list is newest first and goes back as far as is asked, over pages", async () => {
      const { port } = made;
      const ids: string[] = [];
      for (let i = 0; i < 5; i++) ids.unshift(done(await port.create([aRequest()], options)).id);
      const listed = done(await port.madeIn(around(made.nowMs()), options)).map(({ id }) => id);
      expect(listed.slice(0, 5)).toEqual(ids);
      // Those that were made later are no part of it.
      expect(done(await port.madeIn(around(made.nowMs() - 2 * MINUTE), options))).toEqual([]);
    });

    test("a batch that is cancelled ends, and what was not answered is told as gone", async () => {
      const { port } = made;
      const one = aRequest();
      const batch = done(await port.create([one], options));
      done(await port.cancel(batch.id, options));
      expect(done(await port.look(batch.id, options)).ended).toBe(true);
      const result = { kind: "gone", because: "canceled" };
      expect(done(await port.results(batch.id, options))).toEqual([{ customId: one.customId, result }]);
    });

    test("a batch that is not there is rejected, not waited for", async () => {
      const { port } = made;
      for (const answer of [await port.look("msgbatch_no", options), await port.results("msgbatch_no", options)])
        expect(answer).toMatchObject({ kind: "failed", code: "request-rejected", billed: "no" });
    });

    test("a call that is aborted before it is sent is not sent", async () => {
      const { port } = made;
      const signal = AbortSignal.abort();
      const answer = await port.create([aRequest()], { ...options, signal });
      expect(answer).toMatchObject({ kind: "failed", code: "aborted", billed: "no" });
    });
  });
}
