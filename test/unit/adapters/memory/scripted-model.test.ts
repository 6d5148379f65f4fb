import { expect, test } from "vitest";
import { manualClock } from "../../../../services/adapters/memory/manual-clock.ts";
import { say, scriptedModel } from "../../../../services/adapters/memory/scripted-model.ts";
import { seededChance } from "../../../../services/adapters/memory/seeded-chance.ts";
import type { RunId } from "../../../../services/contract/ids.ts";
import type { ModelRequest } from "../../../../services/ports/model.ts";
import { aTimeMs } from "../../../support/builders.ts";
import { aRunId } from "../../../support/ids.ts";

const aRequest = (runId: RunId): ModelRequest => ({
  runId,
  turn: 1,
  model: "claude-haiku-5-5",
  maxTokens: 10,
  system: "",
  tools: [],
  messages: [],
});
const options = (signal = new AbortController().signal) => ({ signal, idleMs: 30_000 });

test("each run has its own script; a run without one gets the fallback; calls are kept", async () => {
  const model = scriptedModel(manualClock(aTimeMs));
  const [one, two] = [aRunId(), aRunId()];
  model.script(one, [say("first"), say("second")]);
  model.otherwise(({ runId }) => say(runId));
  const text = async (runId: RunId) => {
    const answer = await model.call(aRequest(runId), options());
    return answer.kind === "answer" ? answer.content[0]?.text : answer.code;
  };
  expect([await text(one), await text(two), await text(one), await text(one)]).toEqual(["first", two, "second", one]);
  expect(model.calls.map((call) => call.runId)).toEqual([one, two, one, one]);
});

test("an answer takes its time on the clock, and its text comes in pieces on the way", async () => {
  const clock = manualClock(aTimeMs);
  const model = scriptedModel(clock);
  const runId = aRunId();
  model.script(runId, [say("abcdefgh", 4_000)]);
  const pieces: [number, string][] = [];
  const called = model.call(aRequest(runId), {
    ...options(),
    onText: (text) => pieces.push([clock.nowMs() - aTimeMs, text]),
  });
  await clock.advance(4_000);
  expect((await called).kind).toBe("answer");
  expect(pieces).toEqual([
    [1_000, "ab"],
    [2_000, "cd"],
    [3_000, "ef"],
    [4_000, "gh"],
  ]);
});

test("an abort in the middle of an answer may have been billed", async () => {
  const clock = manualClock(aTimeMs);
  const model = scriptedModel(clock);
  const runId = aRunId();
  model.script(runId, [say("abcdefgh", 4_000)]);
  const stop = new AbortController();
  const called = model.call(aRequest(runId), options(stop.signal));
  await clock.advance(1_500);
  stop.abort();
  expect(await called).toMatchObject({ kind: "failed", code: "aborted", billed: "maybe" });
});

test("the same seed gives the same fractions and ids, another one others", () => {
  const draw = (seed: number) => {
    const chance = seededChance(seed);
    return [chance.fraction(), chance.id(), chance.fraction(), chance.id()];
  };
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
});
