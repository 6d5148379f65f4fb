/** What a decision knows of the model's limits: before anybody has called, while calls wait, and when nobody calls any more. */
import { expect, test } from "vitest";
import { manualClock } from "../../services/adapters/memory/manual-clock.ts";
import { memoryWorld } from "../../services/adapters/memory/world.ts";
import { limits } from "../../services/contract/limits.ts";
import { generousRateLimit, type RateControl } from "../../services/contract/rate.ts";
import { modelRates } from "../../services/controller/capacity/model-rates.ts";
import { tallyOf } from "../../services/core/breaker.ts";
import { perMinute } from "../../services/core/rate-clock.ts";
import { firstControl, type RateSettings } from "../../services/core/rate-control.ts";
import type { LimiterStore } from "../../services/ports/limiter-store.ts";
import { aTimeMs } from "../support/builders.ts";

const rate = {
  ...{ platform: "anthropic", workspace: "default", headroom: 0.5, rampMs: 0 },
  limits: { "*": { requestsPerMinute: 300 } },
};

test("a fleet that has never called is bounded by its configured limits", async () => {
  const { limiter } = memoryWorld({ clock: manualClock(aTimeMs) });
  const before = { paces: {}, calledAtMs: {}, active: 0, sinceMs: 0, nowMs: aTimeMs };
  const { signal } = await modelRates(limiter, rate, before);
  const classes = signal.kind === "known" ? signal.value.classes : [];
  expect(classes.length).toBeGreaterThan(0);
  for (const one of classes) expect(one).toMatchObject({ callsPerMinute: 150, callsNowPerMinute: 150 });
});

type Given = {
  readonly platform?: string;
  readonly calls?: number;
  readonly requestsPerMinute?: number;
  readonly control?: Partial<RateControl>;
  /** Milliseconds until the clock of the output tokens has reached what is booked; below 0: credit. Absent: all of it. */
  readonly tokensInMs?: number;
};

/** A fleet of ten runs in which a class of the platform was called so often in the last whole minute. */
async function aFleet(...classes: Given[]) {
  const clock = manualClock(aTimeMs);
  const { limiter } = memoryWorld({ clock });
  for (const one of classes) await aClass(limiter, one);
  return {
    ask: (over: Partial<Parameters<typeof modelRates>[2]> = {}, settings: RateSettings = rate) =>
      modelRates(limiter, settings, {
        ...{ paces: {}, calledAtMs: {}, active: 10, sinceMs: 0, nowMs: aTimeMs },
        ...over,
      }),
  };
}

const OPUS = "claude-opus-5-5";

async function aClass(limiter: LimiterStore, given: Given): Promise<void> {
  const { platform = "anthropic", calls = 0, requestsPerMinute = 50, control, tokensInMs } = given;
  const name = { platform, workspace: "default", limitClass: OPUS };
  const first = firstControl({ ...generousRateLimit, burstSize: 1, requestsPerMinute }, 0, aTimeMs);
  await limiter.begin(name, { ...first, ...control });
  const stay = { kind: "ahead", from: Number.MIN_SAFE_INTEGER, add: 0 } as const;
  const perMs = perMinute(first).output / 60_000;
  const output =
    tokensInMs === undefined ? stay : { ...stay, add: Math.round(first.clocks.output + tokensInMs * perMs) };
  const tallies = new Map([[tallyOf(aTimeMs) - 1, { calls, failures: 0 }]]);
  await limiter.book(name, 1, { moves: { requests: stay, input: stay, output }, tallies, forget: [] });
}

test("a class that nobody calls any more binds nobody: its pace is forgotten, not kept for ever", async () => {
  const night = await (await aFleet({ calls: 20 })).ask();
  expect(night.paces).toEqual({ [OPUS]: 2 });
  const { ask } = await aFleet({ calls: 0 });
  const soon = await ask({ ...night, nowMs: aTimeMs + limits.paceOldMs });
  expect(soon.paces).toEqual({ [OPUS]: 2 });
  const later = await ask({ ...soon, nowMs: aTimeMs + limits.paceOldMs + 1 });
  expect(later.paces).toEqual({});
  expect(later.signal).toMatchObject({ value: { classes: [{ limitClass: OPUS, callsNowPerMinute: 50 }] } });
  expect(later.signal).not.toMatchObject({ value: { classes: [{ callsPerRunMinute: expect.anything() }] } });
});

test.each([
  ["that its rate holds up", { calls: 50 }, {}],
  ["whose runs nobody could count", { calls: 20 }, { active: undefined }],
])("a class that is called all the time and cannot be measured keeps its pace: one %s", async (_, given, more) => {
  const { ask } = await aFleet(given);
  const old = { paces: { [OPUS]: 2 }, calledAtMs: { [OPUS]: aTimeMs - limits.paceOldMs - 1 } };
  const seen = await ask({ ...old, ...more });
  expect(seen).toMatchObject({ paces: { [OPUS]: 2 }, calledAtMs: { [OPUS]: aTimeMs } });
});

const measured = { paces: { [OPUS]: 2 }, calledAtMs: { [OPUS]: aTimeMs }, active: 2_400, sinceMs: limits.paceMs };

test("calls that wait for tokens measure no pace, and those that tokens let through are what the fleet is fed by", async () => {
  const { ask } = await aFleet({ calls: 400, requestsPerMinute: 4_000, tokensInMs: 30_000 });
  const { paces, signal } = await ask(measured);
  expect(paces).toEqual({ [OPUS]: 2 });
  expect(signal).toMatchObject({
    value: { classes: [{ callsPerMinute: 4_000, callsNowPerMinute: 400, callsPerRunMinute: 2 }] },
  });
});

test("a short wait for the tokens of one large call bounds nothing; nor do tokens while too few calls tell what one takes", async () => {
  for (const given of [
    { calls: 400, tokensInMs: 1_000 },
    { calls: 3, tokensInMs: 30_000 },
  ]) {
    const { ask } = await aFleet({ requestsPerMinute: 4_000, ...given });
    const { paces, signal } = await ask(measured);
    expect(paces).toEqual({ [OPUS]: 2 });
    expect(signal).toMatchObject({ value: { classes: [{ callsNowPerMinute: 4_000 }] } });
  }
});

const open = { kind: "open", cause: "burst", atMs: aTimeMs, probeAtMs: aTimeMs + 15_000, probes: 0 } as const;

test("while the platform's breaker is open the one to fail over to feeds the fleet, and calls of both are what runs make", async () => {
  const first = { calls: 30, requestsPerMinute: 300, control: { breaker: open } };
  const { ask } = await aFleet(first, { platform: "bedrock", calls: 10, requestsPerMinute: 100 });
  const alone = await ask();
  expect(alone.signal).toMatchObject({ value: { classes: [{ callsPerMinute: 300, callsNowPerMinute: 0 }] } });
  const { signal, paces } = await ask({}, { ...rate, failover: "bedrock" });
  expect(signal).toMatchObject({ value: { classes: [{ callsPerMinute: 300, callsNowPerMinute: 100 }] } });
  expect(paces).toEqual({ [OPUS]: 4 });
});

test.each([
  ["that nobody has called yet feeds it by its configured limit", [], 60],
  ["whose breaker is open too feeds nobody", [{ platform: "bedrock", control: { breaker: open } }], 0],
])("a platform to fail over to %s", async (_, others, callsNowPerMinute) => {
  const { ask } = await aFleet({ control: { breaker: open } }, ...others);
  const limits = { ...rate.limits, [`bedrock/${OPUS}`]: { requestsPerMinute: 120 } };
  const { signal } = await ask({}, { ...rate, limits, failover: "bedrock" });
  expect(signal).toMatchObject({ value: { classes: [{ callsNowPerMinute }] } });
});
