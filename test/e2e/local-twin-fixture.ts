/** The real `services/local/main.ts` in a temporary folder, and what a user asks of it over HTTP. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { type RunView, runList, runView } from "../../services/contract/http.ts";
import { eventually } from "../support/eventually.ts";

const MAIN = fileURLToPath(new URL("../../services/local/main.ts", import.meta.url));
const CALL_MS = 30_000;
export const START_MS = 40_000;

const readyLine = z.looseObject({
  event: z.literal("local.ready"),
  url: z.url(),
  apiKey: z.string(),
  stubUrl: z.url(),
  pids: z.record(z.string(), z.array(z.int())),
});
export type ReadyLine = z.infer<typeof readyLine>;

const ledger = z.object({
  runs: z.array(
    z.looseObject({
      runId: z.string(),
      turns: z.array(z.looseObject({ turn: z.int(), started: z.int(), completed: z.int(), refused: z.int() })),
    }),
  ),
});

export type Lines = { readonly json: readonly Record<string, unknown>[]; readonly stderr: string };

/** A supervisor process; `lines` grows while it runs. */
export class TwinProcess {
  readonly child: ChildProcess;
  readonly json: Record<string, unknown>[] = [];
  stderr = "";
  readonly exited: Promise<{ code: number | null; signal: string | null }>;

  constructor(args: readonly string[], more: Readonly<Record<string, string>>) {
    const env = { ...process.env, ANTHROPIC_API_KEY: "", AWS_ENDPOINT_URL: "", ...more };
    this.child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
    if (this.child.stdout === null || this.child.stderr === null) throw new Error("the twin has pipes");
    createInterface({ input: this.child.stdout }).on("line", (line) => {
      if (line.startsWith("{")) this.json.push(z.record(z.string(), z.unknown()).parse(JSON.parse(line)));
    });
    this.child.stderr.on("data", (part) => {
      this.stderr += part;
    });
    this.exited = new Promise((resolve) => this.child.once("close", (code, signal) => resolve({ code, signal })));
  }

  ready(withinMs = START_MS): Promise<ReadyLine> {
    return eventually(() => {
      const line = this.json.map((one) => readyLine.safeParse(one).data).find((one) => one !== undefined);
      if (line !== undefined) return line;
      throw new Error(`not ready: ${this.stderr} ${JSON.stringify(this.json)}`);
    }, withinMs);
  }

  events(name: string): Record<string, unknown>[] {
    return this.json.filter((line) => line.event === name);
  }
}

/** A folder with everything that was started on it; `dispose` ends and removes all. `env` names other stores than the stand-ins. */
export function aTwinFolder(env: Readonly<Record<string, string>> = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), "muster-twin-"));
  const started: TwinProcess[] = [];
  return {
    dataDir,
    start: (...flags: string[]): TwinProcess => {
      const twin = new TwinProcess(["--json", "--port", "0", "--data", dataDir, ...flags], env);
      started.push(twin);
      return twin;
    },
    dispose: async () => {
      for (const twin of started) twin.child.kill("SIGKILL");
      await Promise.all(started.map((twin) => twin.exited));
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}

export async function call(at: ReadyLine, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(at.url + path, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${at.apiKey}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(CALL_MS),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** Submits rehearsals and gives their ids. */
export async function submit(at: ReadyLine, count: number, input: object): Promise<string[]> {
  const runs = Array.from({ length: count }, () => ({ agent: "rehearsal", input }));
  return runList.parse(await call(at, "/v1/runs", { runs })).runs.map((run) => run.id);
}

export const read = (at: ReadyLine, ids: readonly string[]): Promise<RunView[]> =>
  Promise.all(ids.map(async (id) => runView.parse(await call(at, `/v1/runs/${id}`))));

/** Waits until `done` holds for the runs. */
export const until = (
  at: ReadyLine,
  ids: readonly string[],
  wanted: { done(runs: readonly RunView[]): boolean; readonly withinMs?: number },
) =>
  eventually(async () => {
    const runs = await read(at, ids);
    if (!wanted.done(runs)) throw new Error(`not yet: ${runs.map((run) => `${run.state} ${run.turns}`).join(", ")}`);
    return runs;
  }, wanted.withinMs ?? START_MS);

export const allSucceeded = (runs: readonly RunView[]): boolean => runs.every((run) => run.state === "SUCCEEDED");

/** How often the stand-in completed each turn of these runs. */
export async function completedCalls(at: ReadyLine, ids: readonly string[]): Promise<number[][]> {
  const answer = await fetch(`${at.stubUrl}/_stub/calls`, { signal: AbortSignal.timeout(CALL_MS) });
  const { runs } = ledger.parse(await answer.json());
  return ids.map((id) => runs.find((run) => run.runId === id)?.turns.map((turn) => turn.completed) ?? []);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Waits until none of the processes of a twin is left. */
export const untilGone = (at: ReadyLine): Promise<void> =>
  eventually(() => {
    const left = Object.entries(at.pids).flatMap(([role, pids]) => pids.filter(isAlive).map((pid) => `${role} ${pid}`));
    if (left.length > 0) throw new Error(`still running: ${left.join(", ")}`);
  }, CALL_MS);
