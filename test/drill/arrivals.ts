/** When calls arrived at the stand-in for Claude, and how they ended, from its journal and its counts. */
import { join } from "node:path";
import { z } from "zod";
import { readJournal } from "../../services/local/claude-stub/journal.ts";
import type { Twin } from "../bench/twin.ts";

const totals = z.object({
  totals: z.looseObject({
    started: z.int(),
    open: z.int(),
    limited: z.int(),
    refusedByStatus: z.record(z.string(), z.int()),
  }),
});

/** Calls that a stand-in for Claude has answered in full. */
export async function completedBy(stubUrl: string): Promise<number> {
  const answer = await fetch(`${stubUrl}/_stub/calls?view=totals`);
  return z.object({ totals: z.looseObject({ completed: z.int() }) }).parse(await answer.json()).totals.completed;
}

/** Counts so far; `limited`: refused by its own rate limit, not by a fault that was asked for. */
export async function stubTotals(twin: Twin): Promise<z.infer<typeof totals>["totals"]> {
  return totals.parse(await (await fetch(`${twin.stubUrl}/_stub/calls?view=totals`)).json()).totals;
}

/** Every arrival so far. Milliseconds since 1970, ascending. */
export async function arrivals(twin: Twin): Promise<number[]> {
  const times: number[] = [];
  await readJournal(join(twin.dataDir, "claude-journal.jsonl"), (line) => {
    if (line.k === "s") times.push(line.at);
  });
  return times.toSorted((a, b) => a - b);
}

/** How many of the moments lie in [from, to). */
export const countIn = (times: readonly number[], fromMs: number, toMs: number): number =>
  times.filter((time) => time >= fromMs && time < toMs).length;

/** The first moment from `fromMs` on. */
export const firstFrom = (times: readonly number[], fromMs: number): number | undefined =>
  times.find((time) => time >= fromMs);

/** Makes every call fail so, for a while or for some calls. */
export async function fault(twin: Twin, rule: object): Promise<void> {
  const answer = await fetch(`${twin.stubUrl}/_stub/faults`, {
    method: "POST",
    body: JSON.stringify({ rules: [rule] }),
  });
  if (!answer.ok) throw new Error(`the stub did not take a fault: ${await answer.text()}`);
}
