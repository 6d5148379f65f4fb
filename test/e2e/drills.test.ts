/** Every drill in small, as a user starts it: exit code 0, and the fields that others read. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { z } from "zod";

const run = promisify(execFile);
const TEST_MS = 240_000;

const lastLine = z.looseObject({
  runs: z.int().positive(),
  lost: z.literal(0),
  doubled: z.literal(0),
  billed: z.int(),
  committed: z.int().positive(),
  kills: z.int(),
  notices: z.int(),
  inDoubt: z.int(),
  reclaimP95Ms: z.number().nullable(),
  promisesBroken: z.array(z.string()).length(0),
});

async function drill(...args: string[]) {
  const { stdout } = await run(process.execPath, ["test/drill/main.ts", ...args, "--json"], { timeout: TEST_MS });
  return lastLine.parse(JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? ""));
}

test("kill, seen by the supervisor", { timeout: TEST_MS }, async () => {
  const { kills, billed, committed, inDoubt } = await drill(
    ...["kill", "--way", "supervised", "--kills", "3", "--runs", "20"],
  );
  expect(kills).toBe(3);
  expect(inDoubt).toBeGreaterThan(0);
  expect(billed).toBeLessThanOrEqual(committed + inDoubt);
});

test("one notice of each kind", { timeout: TEST_MS }, async () => {
  const { notices, billed, committed, inDoubt } = await drill("notice", "--notices", "7", "--runs", "20");
  expect(notices).toBe(7);
  expect(billed).toBe(committed);
  expect(inDoubt).toBe(0);
});

test("restart of each store", { timeout: TEST_MS }, async () => {
  const { kills } = await drill("restart", "--kills", "3", "--runs", "20");
  expect(kills).toBe(3);
});

test("rate, in brief: used and not met, a storm of 429, an overload", { timeout: TEST_MS }, async () => {
  const { billed, committed, inDoubt } = await drill("rate", "--brief");
  expect(billed).toBe(committed);
  expect(inDoubt).toBe(0);
});

// These two mostly wait: for a breaker that closes, and for a fleet that shrinks.
test.concurrent("failover: overload and a spend cap of the first platform", { timeout: TEST_MS }, async () => {
  const { billed, committed, inDoubt } = await drill("failover", "--runs", "20");
  expect(billed).toBe(committed);
  expect(inDoubt).toBe(0);
});

test.concurrent("burst, in small: one worker becomes two, and one again; nothing is interrupted", {
  timeout: TEST_MS,
}, async () => {
  const { billed, committed, inDoubt } = await drill("burst", "--runs", "100", "--workers", "2");
  expect(billed).toBe(committed);
  expect(inDoubt).toBe(0);
});

test("a drill that is not there is a mistake of the user", async () => {
  await expect(drill("rain")).rejects.toMatchObject({ code: 2 });
});
