import { expect, test } from "vitest";
import type { WorkerItem } from "../../../services/contract/fleet.ts";
import { limits } from "../../../services/contract/limits.ts";
import { observeSteps, type StuckLook, stuck } from "../../../services/core/stuck.ts";
import { aBeat } from "../../support/builders.ts";

const aWorker = (more: Partial<WorkerItem> = {}): WorkerItem => ({
  ...{ ...aBeat({ active: 3 }), steps: 7, drain: false, inbox: [] },
  ...more,
});

/** Looks every two seconds for so long, at a worker as `at` says it is then. */
function watchFor(forMs: number, at: (ms: number) => WorkerItem): { look: StuckLook; last: WorkerItem } {
  let look: StuckLook | undefined;
  for (let ms = 0; ms < forMs; ms += limits.watchMs) look = observeSteps(look, [at(ms)], ms);
  const last = at(forMs);
  return { look: observeSteps(look, [last], forMs), last };
}
const actsOf = (forMs: number, at: (ms: number) => WorkerItem) => {
  const { look, last } = watchFor(forMs, at);
  return stuck(look, [last]).map(({ act }) => act);
};

test("a worker whose runs stand still is drained, and buried when it does not leave", () => {
  const worker = aWorker();
  expect(actsOf(limits.stuckAfterMs - limits.watchMs, () => worker)).toEqual([]);
  expect(actsOf(limits.stuckAfterMs, () => worker)).toEqual(["drain"]);
  const told = { ...worker, drain: true };
  const at = (ms: number) => (ms < limits.stuckAfterMs ? worker : told);
  expect(actsOf(limits.stuckAfterMs + limits.watchMs, at)).toEqual([]);
  expect(actsOf(limits.stuckAfterMs + limits.stuckDrainMs, at)).toEqual(["bury"]);
});

test.each<[string, (ms: number) => WorkerItem]>([
  ["one that moves now and then", (ms) => aWorker({ steps: Math.floor(ms / (limits.stuckAfterMs - 10_000)) })],
  ["one without active runs", () => aWorker({ active: 0 })],
  ["one of an older version, which does not say", () => aWorker({ steps: undefined })],
  ["one that is buried", () => aWorker({ buriedAtMs: 1 })],
])("%s is left alone", (_, at) => {
  const id = aWorker().workerId;
  expect(actsOf(3 * limits.stuckAfterMs, (ms) => ({ ...at(ms), workerId: id }))).toEqual([]);
});

test("an observer that did not look knows of no standing still", () => {
  const worker = aWorker();
  const first = observeSteps(undefined, [worker], 0);
  const late = observeSteps(first, [worker], 10 * limits.stuckAfterMs);
  expect(stuck(late, [worker])).toEqual([]);
});
