/** Every route of the API; what is registered, what is documented and what answers 405 come from this list. */
import { z } from "zod";
import { openApi } from "../openapi.ts";
import { takesNothing } from "../reader.ts";
import { definePublicRoute, json, type Route } from "../route.ts";
import { getBreaker, listBreakers, setBreaker } from "./breakers.ts";
import { changeBudgets, changeTenantBudget, getTenantBudget, listBudgets } from "./budgets.ts";
import { cancelRun } from "./cancel-run.ts";
import { cancelRuns } from "./cancel-runs.ts";
import { drainWorker } from "./drain-worker.ts";
import { getCosts } from "./get-costs.ts";
import { getFleet } from "./get-fleet.ts";
import { getMetrics } from "./get-metrics.ts";
import { getRun } from "./get-run.ts";
import { health } from "./health.ts";
import { createApiKey, listKeys, revokeKey } from "./keys.ts";
import { getLimit, listLimits, resetLimit, setLimit } from "./limits.ts";
import { listAgents } from "./list-agents.ts";
import { listRuns } from "./list-runs.ts";
import { listTurns } from "./list-turns.ts";
import { redriveOne } from "./redrive-run.ts";
import { redriveRuns } from "./redrive-runs.ts";
import { runEvents } from "./run-events.ts";
import { scaleFleetRoute } from "./scale-fleet.ts";
import { scalingEvents } from "./scaling-events.ts";
import { submitRuns } from "./submit-runs.ts";

const documentation = definePublicRoute({
  ...takesNothing,
  method: "GET",
  path: "/openapi.json",
  operation: "documentation",
  summary: "This document",
  answers: { 200: { what: "OpenAPI 3.1", schema: z.looseObject({ openapi: z.literal("3.1.0") }) } },
  refusals: [],
  handle: () => json(openApi(routes)),
});

export const routes: readonly Route[] = [
  submitRuns,
  listRuns,
  getRun,
  listTurns,
  runEvents,
  cancelRun,
  cancelRuns,
  redriveOne,
  redriveRuns,
  listAgents,
  getFleet,
  scaleFleetRoute,
  scalingEvents,
  drainWorker,
  getCosts,
  getMetrics,
  listBreakers,
  getBreaker,
  setBreaker,
  listLimits,
  getLimit,
  setLimit,
  resetLimit,
  listBudgets,
  changeBudgets,
  getTenantBudget,
  changeTenantBudget,
  createApiKey,
  listKeys,
  revokeKey,
  health,
  documentation,
];
