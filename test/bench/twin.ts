/** The local twin as a process, in a data folder of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import type { Pids } from "./process-usage.ts";

const ready = z.looseObject({
  event: z.literal("local.ready"),
  url: z.string(),
  apiKey: z.string(),
  dataDir: z.string(),
  endpoints: z.object({ dynamodb: z.string(), sqs: z.string(), s3: z.string(), claude: z.string() }),
  pids: z.record(z.string(), z.array(z.number())),
  readyMs: z.number(),
});

/** A line of `--json`; fields of the events that tests look at. */
const twinEvent = z.looseObject({
  event: z.string(),
  role: z.string().optional(),
  pid: z.number().optional(),
  workerId: z.string().optional(),
  signal: z.string().nullish(),
});
export type TwinEvent = z.infer<typeof twinEvent>;

export type Twin = {
  readonly url: string;
  readonly apiKey: string;
  readonly dataDir: string;
  readonly endpoints: z.infer<typeof ready>["endpoints"];
  /** Every event so far; grows. */
  readonly events: readonly TwinEvent[];
  readonly stubUrl: string;
  readonly pids: Pids;
  readonly readyMs: number;
  /** From the start command to the ready line. Milliseconds. */
  readonly startMs: number;
  /** Resolves when its process is gone, whatever ended it. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
};

const READY_MS = 30_000;
const STOP_MS = 60_000;

const exited = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null ? Promise.resolve() : new Promise((resolve) => child.once("exit", () => resolve()));

/** Notes every event of the twin and waits for the one that says it is ready. */
function firstReady(child: ChildProcess, events: TwinEvent[]): Promise<z.infer<typeof ready>> {
  return new Promise((resolve, reject) => {
    child.once("exit", () => reject(new Error("the twin ended before it was ready")));
    if (child.stdout === null) return reject(new Error("the twin has no stdout"));
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (!line.startsWith("{")) return;
      const event = twinEvent.parse(JSON.parse(line));
      if (event.event !== "child.line") events.push(event);
      const parsed = ready.safeParse(event);
      if (parsed.success) resolve(parsed.data);
    });
  });
}

/** Starts the twin with these flags and waits until it is ready; `more` is added to its environment. */
export async function startTwin(flags: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Twin> {
  const data = await mkdtemp(join(tmpdir(), "muster-bench-"));
  const startedMs = performance.now();
  // What is measured does not change its size meanwhile, unless it is asked to.
  const workers = flags.includes("--workers") ? [] : ["--workers", "1"];
  const child = spawn(process.execPath, ["services/local/main.ts", "--json", "--data", data, ...workers, ...flags], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ANTHROPIC_API_KEY: "", AWS_ENDPOINT_URL: "", ...more },
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), READY_MS);
  const events: TwinEvent[] = [];
  const line = await firstReady(child, events);
  clearTimeout(timer);
  const stop = async () => {
    child.kill("SIGTERM");
    const force = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await exited(child);
    clearTimeout(force);
    await rm(data, { recursive: true, force: true });
  };
  return {
    ...line,
    events,
    stubUrl: line.endpoints.claude,
    startMs: performance.now() - startedMs,
    ended: exited(child),
    stop,
  };
}
