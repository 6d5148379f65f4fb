import { afterEach, expect, test } from "vitest";
import { systemChance } from "../../../services/adapters/system/chance.ts";
import { systemClock } from "../../../services/adapters/system/clock.ts";
import { bounds } from "../../../services/local/bounds.ts";
import type { ChildSpec } from "../../../services/local/child.ts";
import { Keeper } from "../../../services/local/keeper.ts";
import type { Clock } from "../../../services/ports/clock.ts";
import { eventually } from "../../support/eventually.ts";

const PROGRAM = new URL("../../support/ready-program.ts", import.meta.url);
const WITHIN_MS = 15_000;
let keeper: Keeper | undefined;
afterEach(() => keeper?.stop(0, AbortSignal.abort()));

function keep(...args: string[]) {
  const seen = { readyPids: [] as (number | undefined)[], ends: 0, givenUp: undefined as Error | undefined };
  const spec: ChildSpec = { role: "worker", entry: PROGRAM, args, env: process.env };
  // Backoffs pass quickly: what is tested is how often a child is started, not when.
  const clock: Clock = {
    ...systemClock,
    sleep: (ms, signal) => systemClock.sleep(ms <= bounds.restartMaxMs ? ms / 100 : ms, signal),
  };
  const kept = new Keeper({
    ...{ spec, clock, chance: systemChance },
    hear: () => undefined,
    onReady: (child) => seen.readyPids.push(child.pid),
    onEnd: () => seen.ends++,
    onGivenUp: (error) => {
      seen.givenUp = error;
    },
  });
  keeper = kept;
  kept.first.catch(() => undefined);
  return { kept, seen };
}

test("a child that is killed from outside is started again at once, however often", { timeout: 60_000 }, async () => {
  const { seen } = keep();
  const kills = bounds.restartsMax + 3;
  for (let i = 1; i <= kills + 1; i++) {
    const pid = await eventually(() => {
      const newest = seen.readyPids[i - 1];
      if (newest === undefined) throw new Error(`child ${i} is not ready; given up: ${seen.givenUp}`);
      return newest;
    }, WITHIN_MS);
    if (i <= kills) process.kill(pid, "SIGKILL");
  }
  expect(seen.givenUp).toBeUndefined();
  expect(seen.ends).toBe(kills);
});

test("a child that ends by itself again and again is given up", { timeout: 60_000 }, async () => {
  const { seen } = keep("--fails");
  await eventually(() => expect(seen.givenUp?.message).toContain("in a row"), WITHIN_MS);
  expect(seen.ends).toBe(bounds.restartsMax + 1);
});
