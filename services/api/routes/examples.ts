/** Examples that the documentation shows; a test parses each with the schema that it stands at. */

import { budgetList, budgetView } from "../../contract/budgets.ts";
import { costReport } from "../../contract/cost-view.ts";
import {
  agentView,
  breakerView,
  bulkResult,
  createdKey,
  fleetView,
  keyView,
  type RunView,
  runView,
  turnView,
} from "../../contract/http.ts";
import { limitView } from "../../contract/limit-view.ts";
import { exampleCapacity } from "./capacity-examples.ts";

const usage = {
  inputTokens: 1_204,
  outputTokens: 186,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  cacheReadTokens: 0,
};

export const exampleRun: RunView = runView.parse({
  id: "run_q4zj5k2m7xw3bdlr6ptyhc2naf",
  tenant: "acme",
  agent: "summarize",
  lane: "normal",
  state: "SUCCEEDED",
  reason: "completed",
  turns: 1,
  createdAt: "2026-10-01T09:00:00.000Z",
  startedAt: "2026-10-01T09:00:00.040Z",
  endedAt: "2026-10-01T09:00:03.120Z",
  deadlineAt: "2026-10-02T09:00:00.000Z",
  cancelRequested: false,
  usage,
  cost: { budgetMicroUsd: 1_000_000, spentMicroUsd: 214, reservedMicroUsd: 0, possibleMicroUsd: 0 },
  failures: 0,
  interruptions: 0,
  rateLimitWaits: 0,
  turnsInDoubt: 0,
  deadLetters: 0,
  output: { title: "Tides", summary: "The moon pulls the sea.", points: ["Two tides a day"] },
});

export const exampleTurn = turnView.parse({
  turn: 1,
  model: "claude-haiku-5-5",
  stopReason: "end_turn",
  startedAt: "2026-10-01T09:00:00.040Z",
  endedAt: "2026-10-01T09:00:03.100Z",
  costMicroUsd: 214,
  usage,
  messages: [
    { role: "user", content: "Sum this up in at most 3 sentences." },
    { role: "assistant", content: [{ type: "text", text: "The moon pulls the sea." }] },
  ],
  messageId: "msg_01",
  requestId: "req_01",
});

export const exampleAgent = agentView.parse({
  name: "summarize",
  version: "1",
  description: "Sums up a text.",
  model: "claude-haiku-5-5",
  models: ["simple"],
  escalateTo: "standard",
  input: { type: "object", properties: { text: { type: "string" } }, required: ["text"] },
  tools: [],
});

export const exampleFleet = fleetView.parse({
  workers: [
    {
      id: "w_4e1d7a90",
      pool: "spot",
      mode: "RUNNING",
      slots: 200,
      active: 173,
      startedAt: "2026-10-01T08:00:00.000Z",
      host: "ip-10-0-1-17",
      version: "0.1.0",
    },
  ],
  slots: 200,
  active: 173,
  lanes: [{ lane: "high", visible: 0, inFlight: 12 }, { lane: "normal", visible: 40, inFlight: 161 }, { lane: "low" }],
  capacity: exampleCapacity,
});

const exampleSums = {
  calls: 1_204,
  spentMicroUsd: 2_480_311,
  savedMicroUsd: 310_040,
  possibleMicroUsd: 8_400,
  usage: {
    inputTokens: 310_000,
    outputTokens: 160_400,
    cacheWrite5mTokens: 90_000,
    cacheWrite1hTokens: 0,
    cacheReadTokens: 4_100_000,
  },
};
export const exampleCosts = costReport.parse({
  from: "2026-10-01",
  to: "2026-10-01",
  by: ["model"],
  rows: [{ model: "claude-haiku-5-5", ...exampleSums }],
  rowsLeft: 0,
  total: exampleSums,
  now: { at: "2026-10-01T09:30:00.000Z", hourMicroUsd: 410_200, perHourMicroUsd: 790_050 },
});

export const exampleBreaker = breakerView.parse({
  limitClass: "claude-haiku-5-5",
  state: "open",
  cause: "error-rate",
  since: "2026-10-01T09:00:00.000Z",
  probeAt: "2026-10-01T09:00:15.000Z",
  share: 0,
  requestsPerMinute: 300,
  limit: { requestsPerMinute: 300, burstSize: 50, inputTokensPerMinute: 2_000_000, outputTokensPerMinute: 400_000 },
  calls: 412,
  failures: 57,
});

export const exampleLimit = limitView.parse({
  limitClass: "claude-haiku-5-5",
  limit: { requestsPerMinute: 300, burstSize: 50, inputTokensPerMinute: 2_000_000, outputTokensPerMinute: 400_000 },
  setBy: "operator",
  server: { inputTokensPerMinute: 1_000_000 },
  requestsPerMinute: 300,
  share: 0.7,
});

export const exampleBudget = budgetView.parse({
  scope: "tenant",
  tenant: "acme",
  limitMicroUsd: 50_000_000,
  setBy: "operator",
  windowStart: "2026-10-01T00:00:00.000Z",
  windowEnd: "2026-10-02T00:00:00.000Z",
  spentMicroUsd: 21_480_310,
  heldMicroUsd: 390_400,
});

export const exampleBudgets = budgetList.parse({
  fleet: {
    scope: "fleet",
    limitMicroUsd: 100_000_000,
    setBy: "environment",
    windowStart: "2026-10-01T09:00:00.000Z",
    windowEnd: "2026-10-01T10:00:00.000Z",
    spentMicroUsd: 8_120_004,
    heldMicroUsd: 640_000,
  },
  tenantLimitMicroUsd: 20_000_000,
  tenants: [exampleBudget],
});

export const exampleKey = keyView.parse({
  id: "key_1f6a3c0d9b2e4857",
  tenant: "acme",
  role: "tenant",
  name: "build server",
  createdAt: "2026-10-01T09:00:00.000Z",
});

export const exampleCreatedKey = createdKey.parse({
  ...exampleKey,
  key: "mk_0Example0Example0Example0Example0Example000",
});

export const exampleBulkResult = bulkResult.parse({
  changed: 99,
  passed: 2,
  left: [{ id: exampleRun.id, because: "the run ended as FAILED (output-invalid); submit it again" }],
  cursor: "eyJsaXN0IjoiYnVsayJ9",
});
