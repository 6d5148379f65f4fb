/** The container on a machine: finds out how much it has, and keeps as many worker processes on it. Serves no request. */
import { availableParallelism, totalmem } from "node:os";
import { awsFromEnv } from "../../adapters/aws/from-env.ts";
import { ownInstance } from "../../adapters/aws/own-machine.ts";
import { systemChance } from "../../adapters/system/chance.ts";
import { systemClock } from "../../adapters/system/clock.ts";
import { ecsTaskProtection } from "../../adapters/system/ecs-task-protection.ts";
import { eventLog } from "../../adapters/system/event-log.ts";
import { findPlace } from "../../adapters/system/find-place.ts";
import { foundBytes } from "../../adapters/system/memory-gauge.ts";
import { timedHttp } from "../../adapters/system/timed-http.ts";
import { parseEnv, supervisorEnv } from "../../contract/env.ts";
import { limits } from "../../contract/limits.ts";
import { planMachine } from "../../core/machine-plan.ts";
import { OVER } from "../../ports/clock.ts";
import { forkWorker } from "./fork-worker.ts";
import { instanceIdOf } from "./instance-id.ts";
import { KeepWorkers } from "./keep-workers.ts";
import { watchLonely } from "./lonely-machine.ts";
import { SharedProtection } from "./shared-protection.ts";

const env = parseEnv(supervisorEnv, process.env);
const clock = systemClock;
const events = eventLog(process.stdout, { level: "info", clock });
const { fleet, leases, close } = awsFromEnv(env, clock, systemChance);
const agentUri = env.ECS_AGENT_URI;
const protection =
  agentUri === undefined
    ? undefined
    : new SharedProtection(ecsTaskProtection({ agentUri, http: timedHttp(fetch, clock) }));

const plan = planMachine(
  { vcpu: availableParallelism(), memoryBytes: foundBytes(process, totalmem()) },
  { slotsPerVcpu: env.MUSTER_SLOTS_PER_VCPU, vcpuPerProcess: env.MUSTER_VCPU_PER_PROCESS },
);

const ending = import.meta.url.endsWith(".ts") ? "ts" : "mjs";
const keep = new KeepWorkers({
  processes: plan.processes,
  clock,
  chance: systemChance,
  start: () => forkWorker({ entry: new URL(`../main.${ending}`, import.meta.url), plan, env: process.env, protection }),
  report: async (workerId) => void (await fleet.bury(workerId, "end-seen", clock.nowMs())),
});
const over = new AbortController();
const http = timedHttp(fetch, clock);
// Not waited for: a machine that just boots says its id late, and its workers have work to do.
void instanceIdOf((found) => findPlace(env, { http, clock, found }, over.signal)).then(async (instanceId) => {
  if (instanceId === undefined) return;
  const endpoint = env.AWS_ENDPOINT_URL_AUTO_SCALING ?? env.AWS_ENDPOINT_URL;
  const machine = ownInstance({ region: env.AWS_REGION, endpoint, instanceId });
  const parts = { driver: env.MUSTER_DRIVER, leases, machine, clock, events, workers: keep };
  if ((await watchLonely(parts, over.signal)) === "leaving") keep.stop();
});
const told = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"])
  process.on(signal, () => {
    told.abort(OVER);
    keep.stop();
  });
process.stdout.write(`${JSON.stringify({ event: "process.ready", role: "supervisor", pid: process.pid, ...plan })}\n`);

const clean = await keep.whenStopped();
over.abort();
// Every worker was drained by its flag: the machine is about to be ended. A task that ended now would be started again here, and
// take runs on a machine that is going; if nobody ends it after all, that is what happens then.
await clock.sleep(limits.drainedLingerMs, told.signal);
close();
process.exit(clean ? 0 : 1);
