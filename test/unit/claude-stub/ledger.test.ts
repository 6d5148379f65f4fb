import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Journal, parseLine, readJournal } from "../../../services/local/claude-stub/journal.ts";
import { Ledger, NO_BILL } from "../../../services/local/claude-stub/ledger.ts";
import { NO_USAGE } from "../../../services/local/claude-stub/usage.ts";
import { asTurn, MODEL, stubAndClient, user } from "./support.ts";

const usage = { ...NO_USAGE, inputTokens: 10, outputTokens: 5 };
const bill = { usage, costMicroUsd: 7 };

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "claude-stub-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe("ledger", () => {
  it("counts every end once and keeps the first arrival of a run", () => {
    const ledger = new Ledger(() => {});
    const first = ledger.start("r", 1, 100.5);
    ledger.end(first, "completed", bill);
    ledger.end(first, "aborted", bill);
    ledger.end(ledger.start("r", 1, 200), "completed", bill);
    ledger.end(ledger.start("r", 2, 300), "refused", NO_BILL);
    expect(ledger.run("r")).toMatchObject({
      runId: "r",
      firstArrivalMs: 100.5,
      turns: [
        { turn: 1, started: 2, completed: 2, aborted: 0, usage: { inputTokens: 20, outputTokens: 10 } },
        { turn: 2, started: 1, refused: 1 },
      ],
    });
    expect(ledger.totals()).toMatchObject({
      costMicroUsd: 14,
      unpriced: 0,
      started: 3,
      completed: 2,
      turnsCompletedAgain: 1,
      open: 0,
      peakOpen: 1,
    });
  });
});

describe("journal", () => {
  it("lets a later life know what was billed in an earlier one", async () => {
    const path = join(folder, "calls.jsonl");
    const journal = await Journal.open(path);
    const { client, stub } = await stubAndClient({ journal });
    const params = { model: MODEL, max_tokens: 50, messages: [user("hello there")] };
    await client.messages.create(params, asTurn("r", 1));
    await client.messages.create(params, asTurn("r", 1));
    stub.state.ledger.start("r", 2, 5);
    await journal.close();

    const again = new Ledger(() => {});
    await readJournal(path, (line) => again.replay(line));
    again.settleReplayed();
    const before = stub.state.ledger.run("r");
    expect(again.run("r")).toMatchObject({
      turns: [
        { turn: 1, started: 2, completed: 2 },
        { turn: 2, lost: 1 },
      ],
    });
    expect(JSON.stringify(again.run("r")).replace('"lost":1', '"lost":0')).toBe(JSON.stringify(before));
    expect(again.totals()).toMatchObject({ turnsCompletedAgain: 1 });
  });

  it("skips a line that a kill cut short, and has no opinion on a file that is not there", async () => {
    const path = join(folder, "cut.jsonl");
    await writeFile(path, '{"k":"s","r":"a","t":1,"at":7}\n{"k":"e","r":"a","t":1,"o":"comp');
    const lines: unknown[] = [];
    await readJournal(path, (line) => lines.push(line));
    await readJournal(join(folder, "none.jsonl"), (line) => lines.push(line));
    expect(lines).toEqual([{ k: "s", r: "a", t: 1, at: 7 }]);
    expect(parseLine('{"k":"e","r":"a","t":1,"o":"odd"}')).toBeUndefined();
  });

  it("writes a burst in order", async () => {
    const path = join(folder, "burst.jsonl");
    const journal = await Journal.open(path);
    for (let at = 0; at < 5_000; at++) journal.append({ k: "s", r: "r", t: 1, at });
    await journal.close();
    const rows = (await readFile(path, "utf8")).trim().split("\n");
    expect(rows.map((row) => JSON.parse(row).at)).toEqual(Array.from({ length: 5_000 }, (_, at) => at));
  });
});
