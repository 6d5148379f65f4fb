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
  endpoints: z.looseObject({ claude: z.string() }),
  pids: z.record(z.string(), z.array(z.number())),
  readyMs: z.number(),
});

export type Twin = {
  readonly url: string;
  readonly apiKey: string;
  readonly stubUrl: string;
  readonly pids: Pids;
  readonly readyMs: number;
  /** From the start command to the ready line. Milliseconds. */
  readonly startMs: number;
  stop(): Promise<void>;
};

const READY_MS = 30_000;
const STOP_MS = 60_000;

const exited = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null ? Promise.resolve() : new Promise((resolve) => child.once("exit", () => resolve()));

async function firstReady(child: ChildProcess): Promise<z.infer<typeof ready>> {
  if (child.stdout === null) throw new Error("the twin has no stdout");
  for await (const line of createInterface({ input: child.stdout })) {
    const parsed = ready.safeParse(line.startsWith("{") ? JSON.parse(line) : {});
    if (parsed.success) return parsed.data;
  }
  throw new Error("the twin ended before it was ready");
}

/** Starts the twin with these flags and waits until it is ready. */
export async function startTwin(flags: readonly string[]): Promise<Twin> {
  const data = await mkdtemp(join(tmpdir(), "muster-bench-"));
  const startedMs = performance.now();
  const child = spawn(process.execPath, ["services/local/main.ts", "--json", "--data", data, ...flags], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ANTHROPIC_API_KEY: "", AWS_ENDPOINT_URL: "" },
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), READY_MS);
  const line = await firstReady(child);
  clearTimeout(timer);
  child.stdout?.resume();
  const stop = async () => {
    child.kill("SIGTERM");
    const force = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await exited(child);
    clearTimeout(force);
    await rm(data, { recursive: true, force: true });
  };
  return { ...line, stubUrl: line.endpoints.claude, startMs: performance.now() - startedMs, stop };
}
