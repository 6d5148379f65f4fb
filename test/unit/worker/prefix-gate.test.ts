import { expect, test } from "vitest";
import { manualClock } from "../../../services/adapters/memory/manual-clock.ts";
import { limits } from "../../../services/contract/limits.ts";
import { PrefixGate } from "../../../services/worker/prefix-gate.ts";
import { aTimeMs } from "../../support/builders.ts";

const never = () => new AbortController().signal;

function aGate() {
  const clock = manualClock(aTimeMs);
  const gate = new PrefixGate(clock);
  const started: string[] = [];
  const enter = async (name: string, key = "k", signal = never()) => {
    const entered = await gate.enter(key, signal);
    started.push(name);
    return entered;
  };
  return { clock, gate, started, enter };
}

test("one goes first; the others start with its first byte, and later ones at once", async () => {
  const { clock, started, enter } = aGate();
  const first = await enter("first");
  const others = Promise.all([enter("b"), enter("c"), enter("other prefix", "l")]);
  await clock.advance(3_000);
  expect(started).toEqual(["first", "other prefix"]);
  first.began();
  await others;
  expect(started).toEqual(["first", "other prefix", "b", "c"]);
  first.left();
  await clock.advance(4 * 60_000);
  await enter("later");
  expect(started.at(-1)).toBe("later");
});

test("a first call that fails before its first byte makes room for another first", async () => {
  const { clock, started, enter } = aGate();
  const first = await enter("first");
  const b = enter("b");
  const c = enter("c");
  await clock.advance(1_000);
  first.left();
  const second = await b;
  await clock.advance(1_000);
  expect(started).toEqual(["first", "b"]);
  second.began();
  await c;
  expect(started).toEqual(["first", "b", "c"]);
});

test("nobody waits longer than the bound, however many leaders fail", async () => {
  const { clock, started, enter } = aGate();
  await enter("stuck");
  const b = enter("b");
  await clock.advance(limits.firstByteWaitMs - 1);
  expect(started).toEqual(["stuck"]);
  await clock.advance(1);
  await b;
  expect(started).toEqual(["stuck", "b"]);
});

test("a run that is to leave does not wait", async () => {
  const { started, enter } = aGate();
  await enter("first");
  const stop = new AbortController();
  const b = enter("b", "k", stop.signal);
  stop.abort();
  await b;
  expect(started).toEqual(["first", "b"]);
});

test("after its life a prefix is cold again", async () => {
  const { clock, started, enter } = aGate();
  const first = await enter("first");
  first.began();
  first.left();
  await clock.advance(5 * 60_000);
  await enter("again");
  const waits = enter("waits");
  await clock.advance(1_000);
  expect(started).toEqual(["first", "again"]);
  await clock.advance(limits.firstByteWaitMs);
  await waits;
});
