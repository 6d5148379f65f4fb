/** The API as Lambda functions: `handler` answers whole responses, `streaming` is for event streams and waits. */
import { handle, streamHandle } from "hono/aws-lambda";
import { awsFromEnv } from "../adapters/aws/from-env.ts";
import { lambdaWaker } from "../adapters/aws/lambda-waker.ts";
import { systemChance } from "../adapters/system/chance.ts";
import { systemClock } from "../adapters/system/clock.ts";
import { discoverAgents } from "../adapters/system/discover-agents.ts";
import { processEvents } from "../adapters/system/process-events.ts";
import { apiEnv, parseEnv } from "../contract/env.ts";
import { rateSettings } from "../core/rate-control.ts";
import { api } from "./app.ts";
import { sendingWatchersElsewhere, underWatchPrefix } from "./watch-elsewhere.ts";

const clock = systemClock;
const env = parseEnv(apiEnv, process.env);
const ports = awsFromEnv(env, clock, systemChance);
const told = processEvents({ role: "api", to: process.stdout, clock, store: ports.metrics, env });
const { MUSTER_WAKE_URL: url, AWS_REGION: region } = env;
const waker = url && lambdaWaker({ url, region, now: () => new Date(clock.nowMs()), keys: ports.credentials });
const app = api({
  ...ports,
  waker: waker || undefined,
  queuedMax: env.MUSTER_QUEUE_SIZE,
  savingsOff: env.MUSTER_SAVINGS_OFF,
  routing: { models: env.MUSTER_MODELS, plans: env.MUSTER_PLANS },
  budgetDefaults: { tenant: env.MUSTER_TENANT_BUDGET, fleet: env.MUSTER_FLEET_BUDGET },
  agents: await discoverAgents(new URL("../agents/", import.meta.url)),
  rate: rateSettings(env),
  clock,
  chance: systemChance,
  events: told.events,
  // A function lives while it answers: what a request counted is written before that is over.
  answered: told.flushIfDue,
});

export const handler = handle(env.MUSTER_WATCH_ELSEWHERE ? sendingWatchersElsewhere(app) : app);
export const streaming = streamHandle(underWatchPrefix(app));
