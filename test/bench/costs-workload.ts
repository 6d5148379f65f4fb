/** A mix of calls whose prices differ in every way that prices can: model, band, cache, batch, remembered answers. */
import { z } from "zod";
import { runView } from "../../services/contract/http.ts";
import { api } from "./submit.ts";
import type { Twin } from "./twin.ts";

const BATCH = 100;

/** Turns of a long rehearsal; the cache is written and read in it. */
const LONG_TURNS = 8;
const QUICK = { turnMs: 0, chunks: 4 };

const text = (number: number, words: number): string =>
  Array.from({ length: words }, (_, i) => `word${(number * 7_919 + i * 104_729) % 99_991}`).join(" ");

/** Budget of a run: far above what any costs. */
const budgetMicroUsd = 50_000_000;

function one(i: number): object {
  const rehearse = (input: object) => ({ agent: "rehearsal", budgetMicroUsd, input: { ...QUICK, ...input } });
  const round = Math.floor(i / 8);
  switch (i % 8) {
    case 0:
    case 1:
    case 2:
      return rehearse({ turns: LONG_TURNS, outputTokens: 300 + (i % 37) });
    case 3:
      return rehearse({ turns: 3, outputTokens: 61, inputTokens: 99_990 + (i % 20) });
    case 4:
      return rehearse({ turns: 2, outputTokens: 900, inputTokens: 100_000 + i });
    case 5:
      return {
        agent: "ask",
        budgetMicroUsd,
        input: { text: text(round % 24, 900), question: `What is number ${round % 400}?` },
      };
    case 6:
      return { agent: "summarize", budgetMicroUsd, input: { text: text(round % 200, 400) } };
    default:
      return { agent: "summarize", budgetMicroUsd, deadline: "relaxed", input: { text: text(i, 300) } };
  }
}

/** Whether its prompt is billed longer than it is: what such a call may cost at most cannot be known from what is sent. */
export const claimsInput = (run: object | undefined): boolean => JSON.stringify(run).includes('"inputTokens"');

/** Calls of eight runs, about: remembered answers are none, and some calls are made again. */
const CALLS_OF_EIGHT = 3 * LONG_TURNS + 3 + 2 + 2;

/** Runs for about so many calls. */
export const mixedRuns = (calls: number): readonly object[] =>
  Array.from({ length: Math.ceil(calls / CALLS_OF_EIGHT) * 8 }, (_, i) => one(i));

const submitted = z.object({ runs: z.array(runView) });

/** Submits them; gives the ids. */
export async function submitMixed(twin: Twin, runs: readonly object[]): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < runs.length; i += BATCH) {
    const answer = await api(twin, "/v1/runs", { runs: runs.slice(i, i + BATCH) });
    ids.push(...submitted.parse(answer).runs.map(({ id }) => id));
  }
  return ids;
}

/** What the stand-in does to some calls: refuses them, or breaks off answers that it bills. */
const faults = [
  { fault: { kind: "529" }, probability: 0.01 },
  { fault: { kind: "cut" }, probability: 0.01 },
  { fault: { kind: "overloaded-event" }, probability: 0.005 },
  { fault: { kind: "lose-reply" }, probability: 0.005 },
];

/** Sets these faults. */
export async function breakSome({ stubUrl }: Twin): Promise<void> {
  const answer = await fetch(`${stubUrl}/_stub/faults`, { method: "POST", body: JSON.stringify({ rules: faults }) });
  if (!answer.ok) throw new Error(`faults: ${answer.status} ${await answer.text()}`);
}
