/** The worker process: environment, adapters, signals. Prints one JSON line an event on stdout. */
import { hostname } from "node:os";
import { claudeKeyFromEnv } from "../adapters/aws/claude-key.ts";
import { awsFromEnv } from "../adapters/aws/from-env.ts";
import { batchesFromEnv } from "../adapters/model/batches-from-env.ts";
import { modelFromEnv } from "../adapters/model/from-env.ts";
import { systemChance } from "../adapters/system/chance.ts";
import { systemClock } from "../adapters/system/clock.ts";
import { cpuGauge } from "../adapters/system/cpu-gauge.ts";
import { discoverAgents } from "../adapters/system/discover-agents.ts";
import { ecsTaskProtection } from "../adapters/system/ecs-task-protection.ts";
import { findPlace } from "../adapters/system/find-place.ts";
import { memoryGauge } from "../adapters/system/memory-gauge.ts";
import { parentChannel } from "../adapters/system/parent-asks.ts";
import { parentProtection } from "../adapters/system/parent-protection.ts";
import { processEvents } from "../adapters/system/process-events.ts";
import { stopSources } from "../adapters/system/stop-sources.ts";
import { timedHttp } from "../adapters/system/timed-http.ts";
import { parseEnv, workerEnv } from "../contract/env.ts";
import type { Place } from "../contract/fleet.ts";
import { workerId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { FromWorker } from "../contract/supervision.ts";
import { rateSettings } from "../core/rate-control.ts";
import { obey } from "./obey.ts";
import { requirePrices } from "./require-prices.ts";
import { tellSupervisor } from "./tell-supervisor.ts";
import { Worker } from "./worker.ts";

const env = parseEnv(workerEnv, process.env);
const clock = systemClock;
const http = timedHttp(fetch, clock);
let place: Place | undefined;
const id = workerId.parse(`w_${systemChance.id()}`);
const ports = awsFromEnv(env, clock, systemChance);
const told = processEvents({
  ...{ role: "worker", to: process.stdout, clock, store: ports.metrics, env },
  fields: { workerId: id },
});
const { events } = told;

const agents = await discoverAgents(new URL("../agents/", import.meta.url));
requirePrices({ platforms: [env.MUSTER_PLATFORM, env.MUSTER_FAILOVER_PLATFORM], agents, classes: env.MUSTER_MODELS });

const claudeKey = await claudeKeyFromEnv(env, clock);

// Without the variable the IPC channel belongs to whoever started us for tests or the twin, which know no protection.
const supervised = env.MUSTER_SUPERVISED && process.send !== undefined ? parentChannel<FromWorker>(process) : undefined;

/** A supervisor speaks for all workers of its task; alone, this one asks the ECS agent itself. */
function protectionOf() {
  if (supervised !== undefined) return parentProtection(supervised, clock);
  return env.ECS_AGENT_URI === undefined ? undefined : ecsTaskProtection({ agentUri: env.ECS_AGENT_URI, http });
}

const worker = new Worker(
  {
    ...ports,
    model: await modelFromEnv({ env, claudeKey, clock }),
    batchModel: batchesFromEnv(env, claudeKey),
    agents,
    clock,
    chance: systemChance,
    events,
    protection: protectionOf(),
    cpu: cpuGauge(),
    // A laptop's memory is not ours alone.
    memory: env.MUSTER_POOL === "local" ? undefined : memoryGauge(),
  },
  {
    workerId: id,
    pool: env.MUSTER_POOL,
    slots: env.MUSTER_SLOTS,
    tenantActiveMax: env.MUSTER_TENANT_ACTIVE_MAX ?? limits.tenantActiveMax,
    receiveWaitMs: env.MUSTER_RECEIVE_WAIT_MS ?? limits.receiveWaitMs,
    visibilityMs: env.MUSTER_VISIBILITY_MS ?? limits.visibilityMs,
    host: hostname(),
    version: env.MUSTER_VERSION,
    // What a machine that just boots says late is in the heartbeats from then on.
    get place() {
      return place;
    },
    budgets: { tenant: env.MUSTER_TENANT_BUDGET, fleet: env.MUSTER_FLEET_BUDGET },
    savingsOff: env.MUSTER_SAVINGS_OFF,
    batchCollectMs: env.MUSTER_BATCH_COLLECT_MS,
    batchPollMs: env.MUSTER_BATCH_POLL_MS,
    rate: rateSettings(env),
  },
);

const over = new AbortController();
const found = (known: Place): void => {
  place = known;
};
const looked = Promise.withResolvers<void>();
void findPlace(env, { http, clock, found, looked: looked.resolve }, over.signal);
obey(stopSources(env, { signals: process, http, clock, events }), (notice) => worker.heed(notice), over.signal);
// The first signal is a notice; a later one must not end the process by itself while it drains.
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => undefined);
// A supervisor that is gone cannot stop us in order: drain by ourselves.
process.on("disconnect", () => worker.heed({ source: "supervisor-gone", atMs: clock.nowMs() }));

const measuring = told.run(over.signal);
// A first beat that does not say where we are makes the whole pool unknown until the next one. A place that is said late comes later.
await looked.promise;
worker.start();
if (supervised !== undefined) void tellSupervisor(supervised, { workerId: id, worker, clock }, over.signal);
process.stdout.write(`${JSON.stringify({ event: "process.ready", role: "worker", pid: process.pid, workerId: id })}\n`);
await worker.stopped;
over.abort();
await measuring;
// A supervisor reports a worker that did not end well: what it left behind goes on elsewhere without waiting for silence.
process.exit(worker.leftBehind === 0 ? 0 : 1);
