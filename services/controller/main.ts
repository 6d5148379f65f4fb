/** The controller as a process: environment, adapters, signals. Prints one JSON line an event on stdout. */
import { z } from "zod";
import { awsFromEnv } from "../adapters/aws/from-env.ts";
import { systemChance } from "../adapters/system/chance.ts";
import { systemClock } from "../adapters/system/clock.ts";
import { parentChannel } from "../adapters/system/parent-asks.ts";
import { parentCapacity } from "../adapters/system/parent-capacity.ts";
import { processEvents } from "../adapters/system/process-events.ts";
import { sigtermSource } from "../adapters/system/signals.ts";
import { controllerEnv, parseEnv } from "../contract/env.ts";
import { workerId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import { decide } from "../core/capacity/decide.ts";
import { learn } from "../core/capacity/profile.ts";
import { limitNames } from "../core/limit-classes.ts";
import { rateSettings } from "../core/rate-control.ts";
import { Scaler } from "./capacity/scaler.ts";
import { Controller } from "./controller.ts";

/** What a supervisor that started this process tells it over the IPC channel. */
const report = z.object({ kind: z.literal("worker-ended"), workerId });

const env = parseEnv(controllerEnv, process.env);
const clock = systemClock;
const ports = awsFromEnv(env, clock, systemChance);
const told = processEvents({ role: "controller", to: process.stdout, clock, store: ports.metrics, env });
const world = {
  ...ports,
  rates: { limiter: ports.limiter, names: limitNames(rateSettings(env)) },
  measureEveryMs: env.MUSTER_METRICS_MS ?? limits.metricsEveryMs,
  queuedMax: env.MUSTER_QUEUE_SIZE,
  clock,
  chance: systemChance,
  events: told.events,
};
const { scalingStores: stores } = ports;

/** The supervisor keeps the workers: it is asked, and does what it is told. */
function scaler(): Scaler | undefined {
  if (!env.MUSTER_SUPERVISED || process.send === undefined || env.MUSTER_SCALING === undefined) return undefined;
  return new Scaler(world, {
    ...{ stores, decide, learn, acts: true, limiter: ports.limiter, rate: rateSettings(env) },
    cpu: true,
    budgets: { fleet: env.MUSTER_FLEET_BUDGET },
    capacity: parentCapacity(parentChannel(process), clock),
    policy: env.MUSTER_SCALING,
  });
}

const scales = scaler();
const controller = new Controller(
  scales === undefined ? world : { ...world, scale: (term) => scales.decide(term), desk: stores.desk },
);

const stop = new AbortController();
const over = controller.run(stop.signal);
const measured = new AbortController();
const measuring = told.run(measured.signal);
process.on("message", (message) => {
  const parsed = report.safeParse(message);
  if (parsed.success) controller.reportEnd(parsed.data.workerId);
});
process.stdout.write(`${JSON.stringify({ event: "process.ready", role: "controller", pid: process.pid })}\n`);

await sigtermSource(process, clock).watch(stop.signal);
stop.abort();
await over;
measured.abort();
await measuring;
process.exit(0);
