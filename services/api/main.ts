/** The API as a process: environment, adapters, server, signals. Prints one JSON line an event on stdout. */
import { createServer } from "node:http";
import { serve } from "@hono/node-server";
import { awsFromEnv } from "../adapters/aws/from-env.ts";
import { systemChance } from "../adapters/system/chance.ts";
import { systemClock } from "../adapters/system/clock.ts";
import { discoverAgents } from "../adapters/system/discover-agents.ts";
import { processEvents } from "../adapters/system/process-events.ts";
import { sigtermSource } from "../adapters/system/signals.ts";
import { apiEnv, parseEnv } from "../contract/env.ts";
import { limits } from "../contract/limits.ts";
import { rateSettings } from "../core/rate-control.ts";
import { api } from "./app.ts";

const env = parseEnv(apiEnv, process.env);
const clock = systemClock;
const stop = new AbortController();
const { close, ...ports } = awsFromEnv(env, clock, systemChance);
const told = processEvents({ role: "api", to: process.stdout, clock, store: ports.metrics, env });
const app = api({
  ...ports,
  agents: await discoverAgents(new URL("../agents/", import.meta.url)),
  rate: rateSettings(env),
  clock,
  chance: systemChance,
  events: told.events,
  queuedMax: env.MUSTER_QUEUE_SIZE,
  savingsOff: env.MUSTER_SAVINGS_OFF,
  routing: { models: env.MUSTER_MODELS, plans: env.MUSTER_PLANS },
  budgetDefaults: { tenant: env.MUSTER_TENANT_BUDGET, fleet: env.MUSTER_FLEET_BUDGET },
  stopping: stop.signal,
});

const measuring = told.run(stop.signal);
const server = serve(
  {
    fetch: app.fetch,
    hostname: env.HOST,
    port: env.PORT ?? 0,
    createServer,
    serverOptions: { requestTimeout: limits.requestMs, headersTimeout: limits.requestMs },
  },
  ({ port }) => {
    const url = `http://${env.HOST}:${port}`;
    process.stdout.write(`${JSON.stringify({ event: "process.ready", role: "api", url, pid: process.pid })}\n`);
  },
);

/** Takes no more connections, ends waits and streams with what they have, and leaves; what hangs is cut off. */
async function leave(): Promise<never> {
  let closed = false;
  server.close(() => {
    closed = true;
  });
  stop.abort();
  const untilMs = clock.monotonicMs() + limits.apiStopMs;
  while (!closed && clock.monotonicMs() < untilMs) {
    // A connection that was answering when the server closed becomes idle later, and would be kept alive.
    if ("closeIdleConnections" in server) server.closeIdleConnections();
    await clock.sleep(limits.apiStopPollMs);
  }
  await measuring;
  close();
  process.exit(0);
}

// A supervisor that is gone cannot stop us in order: leave by ourselves.
process.on("disconnect", () => void leave());
await sigtermSource(process, clock).watch(stop.signal);
await leave();
