/** Every way in which a drill tells a worker to stop. */
import { limits } from "../../services/contract/limits.ts";
import { eventually } from "../support/eventually.ts";
import type { MetadataServer } from "../support/metadata-server.ts";
import type { OwnWorker } from "./own-worker.ts";
import type { Stores } from "./stores.ts";

/** Given to every worker of the drill as its stop timeout. */
export const STOP_TIMEOUT_MS = 60_000;
/** From a Spot notice to the end of the instance. */
const SPOT_MS = 120_000;
const SEEN_MS = 30_000;

type Told = { readonly worker: OwnWorker; readonly metadata: MetadataServer; readonly stores: Stores };

/** Gives the deadline (wall clock) of the notice; undefined where it has none and counts from when the worker hears of it. */
type Way = (told: Told) => Promise<number | undefined>;

const spot: Way = async ({ metadata }) => {
  const deadlineAtMs = Math.floor((Date.now() + SPOT_MS) / 1_000) * 1_000;
  metadata.spot(deadlineAtMs);
  return deadlineAtMs;
};

const sigterm: Way = async ({ worker }) => {
  const atMs = Date.now();
  worker.signal("SIGTERM");
  return atMs + STOP_TIMEOUT_MS;
};

const heard = (worker: OwnWorker, asks: "cordon" | "release") =>
  worker.events.find(({ event, payload }) => event === "worker.notice" && payload.asks === asks);

/** When the worker heard that it must release its runs. */
export const heardAtMs = (worker: OwnWorker): number | undefined => heard(worker, "release")?.atMs;

const untilHeard = (worker: OwnWorker, asks: "cordon" | "release") =>
  eventually(() => {
    if (heard(worker, asks) === undefined) throw new Error(`${worker.id} heard of no ${asks} within ${SEEN_MS} ms`);
  }, SEEN_MS);

export const ways: Readonly<Record<string, Way>> = {
  sigterm,
  spot,
  "rebalance, then spot": async (told) => {
    told.metadata.rebalance(Date.now());
    await untilHeard(told.worker, "cordon");
    return spot(told);
  },
  "ecs task": async ({ metadata }) => {
    metadata.stopTask();
    return undefined;
  },
  "drain flag": async ({ worker, stores }) => {
    if (!(await stores.fleet.requestDrain(worker.id))) throw new Error(`${worker.id} is not in the fleet`);
    return undefined;
  },
  lifecycle: async ({ metadata }) => {
    metadata.lifecycle("Terminated");
    return undefined;
  },
  "all at once, SIGTERM twice": async (told) => {
    const { worker, metadata, stores } = told;
    metadata.rebalance(Date.now());
    metadata.stopTask();
    const deadlineAtMs = await spot(told);
    const second = Math.min(deadlineAtMs ?? Number.POSITIVE_INFINITY, (await sigterm(told)) ?? 0);
    await stores.fleet.requestDrain(worker.id);
    await untilHeard(worker, "release");
    worker.signal("SIGTERM");
    worker.signal("SIGINT");
    return second;
  },
};

/** The deadline that counts: the notice's own, or the drain time since the worker heard of it. */
export const deadlineOf = (worker: OwnWorker, given: number | undefined): number | undefined => {
  const heardMs = heardAtMs(worker);
  return given ?? (heardMs === undefined ? undefined : heardMs + limits.drainMs);
};
