import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, uptime } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lock } from "../../../services/local/lock.ts";

const now = (): number => performance.timeOrigin + performance.now();
/** No process has it: above the largest pid of any system that Node runs on. */
const NOBODY = 2 ** 30;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "muster-lock-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const held = (pid: number, bootMs = now() - uptime() * 1_000) =>
  writeFileSync(join(folder, "lock"), JSON.stringify({ pid, bootMs }));

test("a free folder is locked, and free again after the release", () => {
  const first = lock(folder, now());
  if (first.kind !== "locked") throw new Error("it was free");
  expect(JSON.parse(readFileSync(join(folder, "lock"), "utf8"))).toMatchObject({ pid: process.pid });
  first.release();
  expect(lock(folder, now()).kind).toBe("locked");
});

test("a living process keeps it, and is named", () => {
  held(process.ppid);
  expect(lock(folder, now())).toEqual({ kind: "taken", pid: process.ppid });
});

test.each([
  ["a process that is gone", () => held(NOBODY)],
  ["a process of an earlier boot whose number lives again", () => held(process.ppid, now() - 10 * 86_400_000)],
  ["a file that was cut", () => writeFileSync(join(folder, "lock"), '{"pid":')],
])("%s does not keep it", (_, leave) => {
  leave();
  expect(lock(folder, now()).kind).toBe("locked");
});
