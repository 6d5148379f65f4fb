/** Escalation through the real programs: a model that cannot do it, the next one that can, and what the stand-in billed. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { runView, turnList } from "../../services/contract/http.ts";
import { runIdOf } from "../../services/core/identity.ts";
import {
  allSucceeded,
  aTwinFolder,
  call,
  completedCalls,
  type ReadyLine,
  START_MS,
  until,
} from "./local-twin-fixture.ts";

const HAIKU = "claude-haiku-5-5";
const SONNET = "claude-sonnet-5-5";
const CALL_MS = 10_000;

let folder: ReturnType<typeof aTwinFolder>;
beforeEach(() => {
  folder = aTwinFolder();
});
afterEach(() => folder.dispose(), START_MS);

async function submit(at: ReadyLine, key: string, text: string) {
  const answer = await fetch(`${at.url}/v1/runs`, {
    method: "POST",
    headers: { authorization: `Bearer ${at.apiKey}`, "content-type": "application/json", "idempotency-key": key },
    body: JSON.stringify({ agent: "summarize", input: { text } }),
    signal: AbortSignal.timeout(CALL_MS),
  });
  return runView.parse(await answer.json());
}

/** What the stand-in plays for a run: an answer that is no JSON, as often as it is asked, by one model only. */
async function refuseToAnswer(at: ReadyLine, runId: string, model: string): Promise<void> {
  const turns = [{ content: [{ type: "text", text: "I would rather talk about gulls." }], model }];
  const answer = await fetch(`${at.stubUrl}/_stub/scripts`, {
    method: "POST",
    body: JSON.stringify({ runId, turns }),
    signal: AbortSignal.timeout(CALL_MS),
  });
  expect(answer.status).toBe(200);
}

test("two invalid answers of the small model lift the run to the next one, which succeeds", {
  timeout: 3 * START_MS,
}, async () => {
  const twin = folder.start();
  const at = await twin.ready();
  const { tenant } = await submit(at, "the first", "A gull ate the pie.");
  const id = runIdOf(tenant, "the second");
  await refuseToAnswer(at, id, HAIKU);
  expect((await submit(at, "the second", "A crab ate the crumbs.")).id).toBe(id);
  const [run] = await until(at, [id], { done: allSucceeded });
  expect(run).toMatchObject({ model: SONNET, turns: 3, turnsInDoubt: 0, failures: 0 });
  expect(run?.because.at(-1)).toContain("the output was invalid twice");
  const { turns } = turnList.parse(await call(at, `/v1/runs/${id}/turns`));
  expect(turns.map(({ model }) => model)).toEqual([HAIKU, HAIKU, SONNET]);
  expect(turns[1]?.climb).toMatchObject({ from: HAIKU, to: SONNET, evidence: "invalid" });
  expect(await completedCalls(at, [id])).toEqual([[1, 1, 1]]);
  expect(run?.cost.spentMicroUsd).toBe(turns.reduce((sum, turn) => sum + turn.costMicroUsd, 0));
});
