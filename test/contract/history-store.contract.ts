import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limits } from "../../services/contract/limits.ts";
import type { ToolRecord } from "../../services/contract/turn.ts";
import type { HistoryStore } from "../../services/ports/history-store.ts";
import { aDelta } from "../support/builders.ts";
import { aRunId } from "../support/ids.ts";
import { type Made, type Make, suiteTimeMs } from "./fixture.ts";

const MANY = 150;

export function historyStoreContract(name: string, make: Make<Made<HistoryStore>>): void {
  describe(`HistoryStore: ${name}`, () => {
    let made: Made<HistoryStore>;
    beforeAll(async () => {
      made = await make();
    });
    afterAll(() => made.dispose());

    const turnsOf = async (id: ReturnType<typeof aRunId>, from: number, below: number, max?: number) =>
      (await made.port.deltas(id, from, below, max)).map((delta) => delta.turn);

    test("a delta comes back as it was put", async () => {
      const delta = aDelta({
        requestId: "req_1",
        output: { answer: [1, "zwei", null, { drei: 3.5 }] },
        messages: [
          { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: "ä 🙂 \u0000" }] },
          { role: "assistant", content: [{ type: "tool_use", id: "toolu_2", name: "read", input: { lines: [1, 2] } }] },
        ],
      });
      await made.port.putDelta(delta);
      expect(await made.port.deltas(delta.runId, 1, 2)).toEqual([delta]);
    });

    test("a run without deltas has none", async () => {
      expect(await made.port.deltas(aRunId(), 1, 100)).toEqual([]);
    });

    test("only turns in [from, below) are given, ascending", async () => {
      const runId = aRunId();
      for (const turn of [3, 1, 4, 2]) await made.port.putDelta(aDelta({ runId, turn }));
      expect(await turnsOf(runId, 1, 5)).toEqual([1, 2, 3, 4]);
      expect(await turnsOf(runId, 2, 4)).toEqual([2, 3]);
      expect(await turnsOf(runId, 4, 4)).toEqual([]);
      expect(await turnsOf(runId, 5, 9)).toEqual([]);
      expect(await turnsOf(aRunId(), 1, 5)).toEqual([]);
    });

    test("the highest epoch of a turn wins, whichever was put last", async () => {
      const runId = aRunId();
      for (const epoch of [9, 1_790_000_000, 100]) await made.port.putDelta(aDelta({ runId, turn: 1, epoch }));
      await made.port.putDelta(aDelta({ runId, turn: 2, epoch: 9 }));
      const epochs = (await made.port.deltas(runId, 1, 3)).map((delta) => delta.epoch);
      expect(epochs).toEqual([1_790_000_000, 9]);
    });

    test("at most `max` turns are given, the lowest ones, each with its highest epoch", async () => {
      const runId = aRunId();
      for (const turn of [1, 2, 3])
        for (const epoch of [1, 2]) await made.port.putDelta(aDelta({ runId, turn, epoch }));
      const got = await made.port.deltas(runId, 1, 4, 2);
      expect(got.map((delta) => [delta.turn, delta.epoch])).toEqual([
        [1, 2],
        [2, 2],
      ]);
    });

    test("putting the same delta again changes nothing", async () => {
      const delta = aDelta();
      await made.port.putDelta(delta);
      await made.port.putDelta(delta);
      expect(await made.port.deltas(delta.runId, 1, 2)).toEqual([delta]);
    });

    test("a delta larger than an item comes back whole", async () => {
      const text = "lorem ipsum ".repeat(Math.ceil((limits.inlineBytes * 1.5) / 12));
      const delta = aDelta({ messages: [{ role: "user", content: text }] });
      await made.port.putDelta(delta);
      expect(await made.port.deltas(delta.runId, 1, 2)).toEqual([delta]);
    });

    test("a long history comes whole and in order, beyond one page of any store", async () => {
      const runId = aRunId();
      const text = "x".repeat(20 * 1_024);
      const messages = [{ role: "user" as const, content: text }];
      const turns = Array.from({ length: MANY }, (_, i) => i + 1);
      for (let i = 0; i < MANY; i += 25)
        await Promise.all(turns.slice(i, i + 25).map((turn) => made.port.putDelta(aDelta({ runId, turn, messages }))));
      expect(await turnsOf(runId, 1, MANY + 1)).toEqual(turns);
      expect(await turnsOf(runId, 100, MANY + 1, 10)).toEqual(turns.slice(99, 109));
    });

    const intent = (): ToolRecord => ({
      runId: aRunId(),
      toolUseId: "toolu_1",
      name: "send-mail",
      epoch: 1,
      state: "INTENT",
    });

    test("the first intent is stored; a later one is told what is there", async () => {
      const first = intent();
      expect(await made.port.intendTool(first)).toEqual(first);
      expect(await made.port.intendTool({ ...first, epoch: 2 })).toEqual(first);
    });

    test("one of two racing intents is stored and both are told which", async () => {
      const one = intent();
      const two = { ...one, epoch: 2 };
      const [a, b] = await Promise.all([made.port.intendTool(one), made.port.intendTool(two)]);
      expect(a).toEqual(b);
      expect([one, two]).toContainEqual(a);
    });

    test("a completed tool gives its result to whoever intends it again", async () => {
      const record = intent();
      await made.port.intendTool(record);
      const done: ToolRecord = { ...record, state: "DONE", result: "sent ✓", isError: false };
      await made.port.completeTool(done);
      expect(await made.port.intendTool({ ...record, epoch: 7 })).toEqual(done);
      expect(await made.port.intendTool({ ...record, toolUseId: "toolu_2" })).toMatchObject({ state: "INTENT" });
    });

    test("live text is overwritten and belongs to one run", async () => {
      const runId = aRunId();
      expect(await made.port.live(runId)).toBeUndefined();
      const text = { runId, turn: 1, epoch: 1, text: "Onc", atMs: suiteTimeMs };
      await made.port.putLive(text);
      await made.port.putLive({ ...text, text: "Once upon", atMs: suiteTimeMs + 1_000 });
      expect(await made.port.live(runId)).toEqual({ ...text, text: "Once upon", atMs: suiteTimeMs + 1_000 });
      expect(await made.port.live(aRunId())).toBeUndefined();
    });
  });
}
