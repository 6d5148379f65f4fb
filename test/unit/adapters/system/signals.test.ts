import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { manualClock } from "../../../../services/adapters/memory/manual-clock.ts";
import { sigtermSource } from "../../../../services/adapters/system/signals.ts";
import { aTimeMs } from "../../../support/builders.ts";

test("the notice names the signal and when it came; a time given makes a deadline", async () => {
  for (const [deadlineMs, expected] of [
    [undefined, { source: "SIGINT", atMs: aTimeMs }],
    [60_000, { source: "SIGINT", atMs: aTimeMs, deadlineAtMs: aTimeMs + 60_000 }],
  ] as const) {
    const emitter = new EventEmitter();
    const notice = sigtermSource(emitter, manualClock(aTimeMs), deadlineMs).watch(new AbortController().signal);
    emitter.emit("SIGINT");
    expect(await notice).toEqual(expected);
  }
});

test("the process itself is an emitter of signals", () => {
  const before = process.listenerCount("SIGTERM");
  const stop = new AbortController();
  void sigtermSource(process, manualClock(aTimeMs)).watch(stop.signal);
  expect(process.listenerCount("SIGTERM")).toBe(before + 1);
  stop.abort();
  expect(process.listenerCount("SIGTERM")).toBe(before);
});
