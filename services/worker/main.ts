/** The worker process: environment, adapters, signals. Prints one JSON line an event on stdout. */
import { hostname } from "node:os";
import { awsFromEnv } from "../adapters/aws/from-env.ts";
import { anthropicModel } from "../adapters/model/anthropic.ts";
import { systemChance } from "../adapters/system/chance.ts";
import { systemClock } from "../adapters/system/clock.ts";
import { discoverAgents } from "../adapters/system/discover-agents.ts";
import { eventLog } from "../adapters/system/event-log.ts";
import { sigtermSource } from "../adapters/system/signals.ts";
import { parseEnv, workerEnv } from "../contract/env.ts";
import { workerId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import { Worker } from "./worker.ts";

const env = parseEnv(workerEnv, process.env);
const clock = systemClock;
const events = eventLog(process.stdout, { level: "info", clock });
const id = workerId.parse(`w_${systemChance.id()}`);

const worker = new Worker(
  {
    ...awsFromEnv(env, clock, systemChance),
    model: anthropicModel({ apiKey: env.ANTHROPIC_API_KEY, baseURL: env.ANTHROPIC_BASE_URL, clock }),
    agents: await discoverAgents(new URL("../agents/", import.meta.url)),
    clock,
    chance: systemChance,
    events,
  },
  {
    workerId: id,
    pool: env.MUSTER_POOL,
    slots: env.MUSTER_SLOTS,
    receiveWaitMs: env.MUSTER_RECEIVE_WAIT_MS ?? limits.receiveWaitMs,
    visibilityMs: env.MUSTER_VISIBILITY_MS ?? limits.visibilityMs,
    host: hostname(),
    version: env.MUSTER_VERSION,
  },
);

worker.start();
process.stdout.write(`${JSON.stringify({ event: "process.ready", role: "worker", pid: process.pid, workerId: id })}\n`);

const over = new AbortController();
sigtermSource(process, clock)
  .watch(over.signal)
  .then((notice) => worker.drain(notice));
// A supervisor that is gone cannot stop us in order: drain by ourselves.
process.on("disconnect", () => void worker.drain({ source: "supervisor-gone", atMs: clock.nowMs() }));
await worker.stopped;
over.abort();
process.exit(0);
