/** One twin for one data folder: a lock file with the process that holds it. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { uptime } from "node:os";
import { join } from "node:path";
import { z } from "zod";

const lockFile = z.object({ pid: z.int().positive(), bootMs: z.number() });

/** Differences of the boot time below this are rounding. */
const SAME_BOOT_MS = 60_000;

const bootMs = (nowMs: number): number => Math.round(nowMs - uptime() * 1_000);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Process that holds the lock; undefined when it is gone, or was of an earlier boot, or the file is broken. */
function holderOf(path: string, nowMs: number): number | undefined {
  try {
    const held = lockFile.parse(JSON.parse(readFileSync(path, "utf8")));
    const sameBoot = Math.abs(held.bootMs - bootMs(nowMs)) < SAME_BOOT_MS;
    return sameBoot && held.pid !== process.pid && isAlive(held.pid) ? held.pid : undefined;
  } catch {
    return undefined;
  }
}

/** The lock, or the process that has it. */
export type Locked = { readonly kind: "locked"; release(): void } | { readonly kind: "taken"; readonly pid: number };

/** Takes the lock of a data folder, which must exist. */
export function lock(dataDir: string, nowMs: number): Locked {
  const path = join(dataDir, "lock");
  const text = JSON.stringify({ pid: process.pid, bootMs: bootMs(nowMs) });
  for (let tries = 0; tries < 2; tries++) {
    try {
      writeFileSync(path, text, { flag: "wx" });
      return { kind: "locked", release: () => rmSync(path, { force: true }) };
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
      const pid = holderOf(path, nowMs);
      if (pid !== undefined) return { kind: "taken", pid };
      rmSync(path, { force: true });
    }
  }
  return { kind: "taken", pid: holderOf(path, nowMs) ?? 0 };
}
