import { expect, test } from "vitest";
import { limits } from "../../../services/contract/limits.ts";
import { generousRateLimit, type RateControl } from "../../../services/contract/rate.ts";
import { firstControl } from "../../../services/core/rate-control.ts";
import { blockOf } from "../../../services/worker/rate-block.ts";

const NOW = Date.UTC(2026, 9, 1);
const control = (overrides: Partial<RateControl>): RateControl => ({
  ...firstControl(generousRateLimit, 0, NOW - 60_000),
  ...overrides,
});
const open = { kind: "open", atMs: NOW, probes: 0 } as const;

test.each([
  ["nothing in the way", {}, { kind: "none" }],
  ["a pause", { pausedUntilMs: NOW + 7_000 }, { kind: "blocked", untilMs: NOW + 7_000 }],
  ["a pause that is over", { pausedUntilMs: NOW }, { kind: "none" }],
  [
    "open, a probe later",
    { breaker: { ...open, cause: "burst", probeAtMs: NOW + 15_000 } },
    { kind: "blocked", untilMs: NOW + 15_000 },
  ],
  ["open, a probe now", { breaker: { ...open, cause: "burst", probeAtMs: NOW } }, { kind: "probe" }],
  [
    "open until a person acts",
    { breaker: { ...open, cause: "spend-limit" } },
    { kind: "blocked", untilMs: NOW + limits.breakerParkMs },
  ],
  [
    "half-open: the probe ends long before another may be sent",
    { breaker: { ...open, kind: "half-open", cause: "burst", untilMs: NOW + limits.breakerProbeForMs, probes: 1 } },
    { kind: "blocked", untilMs: NOW + limits.breakerProbeMs },
  ],
  [
    "half-open, and the probe never ended",
    { breaker: { ...open, kind: "half-open", cause: "burst", untilMs: NOW, probes: 1 } },
    { kind: "probe" },
  ],
] satisfies [string, Partial<RateControl>, object][])("%s", (_name, overrides, block) => {
  expect(blockOf(control(overrides), NOW)).toMatchObject(block);
});
