/** A worker that the drill starts itself, with the environment that the twin gives its own: no supervisor sees its end. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { z } from "zod";
import { type WorkerId, workerId } from "../../services/contract/ids.ts";
import { dataFolder } from "../../services/local/data-folder.ts";
import { embeddedAccess, embeddedQueues, type Plan, workerSpec } from "../../services/local/roster.ts";
import { standIns } from "../../services/local/stand-ins.ts";
import type { Twin } from "../bench/twin.ts";

export const TWIN_REGION = "us-east-1";
export const TWIN_TABLE = "muster";
export const TWIN_ACCESS = embeddedAccess;
const READY_MS = 60_000;

const readyLine = z.looseObject({ event: z.literal("process.ready"), workerId });
const eventLine = z.object({ time: z.iso.datetime(), event: z.string(), payload: z.record(z.string(), z.unknown()) });

/** An event of the worker's log and when it was written (wall clock). */
export type WorkerEvent = {
  readonly atMs: number;
  readonly event: string;
  readonly payload: Readonly<Record<string, unknown>>;
};
export type Ended = { readonly code: number | null; readonly signal: string | null; readonly atMs: number };
export type OwnWorker = Awaited<ReturnType<typeof startWorker>>;

/** Made by the code that makes it for the twin's own workers, so that no setting is forgotten: a shared limit is set by whoever asks. */
function environment(twin: Twin, slots: number, more: Readonly<Record<string, string>>) {
  const portOf = (url: string): number => Number(new URL(url).port);
  const { dynamodb, sqs, claude } = twin.endpoints;
  const plan: Plan = {
    env: { ...process.env, ...more, MUSTER_TABLE: TWIN_TABLE },
    flags: { port: 0, data: twin.dataDir, workers: { min: 1, max: 1 }, slots, aws: false, json: false, stub: {} },
    folder: dataFolder(twin.dataDir),
    standIns: standIns({}, false),
    ports: { api: portOf(twin.url), dynamodb: portOf(dynamodb), queue: portOf(sqs), claude: portOf(claude) },
  };
  return {
    ...workerSpec(plan, embeddedQueues(plan)).env,
    NODE_COMPILE_CACHE: `${twin.dataDir}/compile-cache`,
    ...more,
  };
}

/** Starts one and waits until it is ready. `env` is added to what the twin's workers get. */
export async function startWorker(twin: Twin, slots: number, env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, ["services/worker/main.ts"], {
    env: environment(twin, slots, env),
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const events: WorkerEvent[] = [];
  const listeners = new Set<(event: WorkerEvent) => void>();
  const ended = new Promise<Ended>((resolve) =>
    child.once("close", (code, signal) => resolve({ code, signal, atMs: Date.now() })),
  );
  const ready = new Promise<WorkerId>((resolve, reject) => {
    void ended.then(() => reject(new Error("a worker ended before it was ready")));
    if (child.stdout === null) return reject(new Error("a worker has no stdout"));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const json: unknown = line.startsWith("{") ? JSON.parse(line) : undefined;
      const first = readyLine.safeParse(json);
      if (first.success) resolve(first.data.workerId);
      const parsed = eventLine.safeParse(json);
      if (!parsed.success) return;
      const event = { atMs: Date.parse(parsed.data.time), event: parsed.data.event, payload: parsed.data.payload };
      events.push(event);
      for (const listener of listeners) listener(event);
    });
  });
  const late = setTimeout(() => child.kill("SIGKILL"), READY_MS);
  const id = await ready;
  clearTimeout(late);
  return {
    id,
    pid: child.pid ?? 0,
    /** What it logged so far; grows. */
    events,
    ended,
    onEvent: (listener: (event: WorkerEvent) => void) => void listeners.add(listener),
    signal: (name: NodeJS.Signals) => void child.kill(name),
  };
}
