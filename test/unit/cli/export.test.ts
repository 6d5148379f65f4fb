/** An export is traffic that the planner reads. */
import { expect, test } from "vitest";
import { trafficLineOf } from "../../../services/cli/export/traffic-line.ts";
import { runView } from "../../../services/contract/http.ts";
import { readTraffic } from "../../../services/planner/traffic/read-traffic.ts";

const usage = { inputTokens: 1, outputTokens: 1, cacheWrite5mTokens: 0, cacheWrite1hTokens: 0, cacheReadTokens: 0 };
const ended = runView.parse({
  ...{ id: `run_${"a".repeat(26)}`, tenant: "acme", agent: "ask", lane: "high", state: "SUCCEEDED", turns: 3 },
  ...{ createdAt: "2026-11-02T13:00:00.000Z", startedAt: "2026-11-02T13:00:05.000Z" },
  ...{ endedAt: "2026-11-02T13:01:35.000Z", deadlineAt: "2026-11-03T13:00:00.000Z", cancelRequested: false, usage },
  cost: { budgetMicroUsd: 1, spentMicroUsd: 1, reservedMicroUsd: 0, possibleMicroUsd: 0 },
  ...{ failures: 0, interruptions: 0, rateLimitWaits: 0, turnsInDoubt: 0 },
});

test("a run that has ended is a line that the planner reads", () => {
  const read = readTraffic("export", `${JSON.stringify(trafficLineOf(ended))}\n`);
  expect(read.kind === "traffic" && read.traffic).toMatchObject({
    atMs: Float64Array.of(Date.parse("2026-11-02T13:00:00Z")),
    activeMs: Float64Array.of(90_000),
    lane: Uint8Array.of(0),
    callsPerRunMinute: 2,
  });
});

test.each(["startedAt", "endedAt"] as const)("a run without %s is left out", (field) => {
  expect(trafficLineOf({ ...ended, [field]: undefined })).toBeUndefined();
});
