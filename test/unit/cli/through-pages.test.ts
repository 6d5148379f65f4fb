/** Call after call by filter: a lane without room is waited for, and a failure half-way tells what was done. */
import { expect, test } from "vitest";
import { systemChance } from "../../../services/adapters/system/chance.ts";
import { throughPages } from "../../../services/cli/by-filter.ts";
import { makeClient } from "../../../services/cli/client.ts";
import { Refusal } from "../../../services/cli/failure.ts";
import { styleFor } from "../../../services/cli/terminal/style.ts";
import type { BulkResult } from "../../../services/contract/http.ts";

const page = (changed: number, more: Partial<BulkResult> = {}): BulkResult => ({
  changed,
  passed: 0,
  left: [],
  ...more,
});
const noRoom = { type: "t", title: "t", status: 429, detail: "the lane low is full", code: "queue-full" };

/** A redrive by filter of which each call is answered in turn; the last answer is given to all that follow. */
async function redriven(answers: readonly (BulkResult | typeof noRoom)[]) {
  const [notes, sleeps, cursors]: [string[], number[], unknown[]] = [[], [], []];
  const fetch: typeof globalThis.fetch = async (_, init) => {
    cursors.push(JSON.parse(String(init?.body)).cursor);
    const body = answers[Math.min(cursors.length, answers.length) - 1] ?? page(0);
    const status = "status" in body ? body.status : 200;
    return new Response(JSON.stringify(body), { status, headers: { "retry-after": "10" } });
  };
  const clock = { nowMs: () => 0, monotonicMs: () => 0, sleep: async (ms: number) => void sleeps.push(ms) };
  const { signal } = new AbortController();
  const client = makeClient({ url: "http://fake", key: "k", clock, chance: systemChance, signal, fetch });
  const output = {
    ...{
      json: true,
      style: styleFor({ write: () => undefined, isTTY: false }, {}),
      say: () => undefined,
      result: () => undefined,
    },
    note: (text: string) => void notes.push(text),
  };
  const ask = (cursor: string | undefined) => client.redriveMany({ filter: { state: "DEAD" }, cursor });
  const outcome = await throughPages(ask, output).catch((error: unknown) => error);
  return { outcome, notes, sleeps: sleeps.filter((ms) => ms >= 10_000 && ms < 11_000), cursors };
}

test("waits as long as it is told while a lane has no room, says so, and goes on where it was", async () => {
  const { outcome, notes, sleeps, cursors } = await redriven([
    page(5, { cursor: "c1", full: "low" }),
    noRoom,
    noRoom,
    page(7),
  ]);
  expect(outcome).toEqual({ changed: 12, passed: 0, left: [] });
  expect(notes).toContain("the lane low is full: going on when there is room");
  expect(cursors).toEqual([undefined, "c1", "c1", "c1"]);
  expect(sleeps).toHaveLength(2);
});

test("gives up in the end, and tells what was done and what does the rest", async () => {
  const { outcome } = await redriven([page(5, { cursor: "c1", full: "low" }), noRoom]);
  expect(outcome).toBeInstanceOf(Refusal);
  expect(outcome).toMatchObject({
    code: "queue-full",
    result: { changed: 5 },
    fix: expect.stringContaining("same command"),
  });
});
