/** What the stand-ins alone allow: the same calls through the SDKs without our code, from two processes as in the twin. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { awsClients } from "../../services/adapters/aws/clients.ts";
import { provision } from "../../services/adapters/aws/provision.ts";
import { systemClock } from "../../services/adapters/system/clock.ts";
import { cpuPerRun, round, usageByRole } from "./process-usage.ts";

type Started = { readonly child: ChildProcess; readonly url: string };

const urlLine = z.looseObject({ url: z.string() });
const doneLine = z.object({ part: z.string(), startedAtMs: z.number(), endedAtMs: z.number(), cpuMs: z.number() });

async function firstLine<S extends z.ZodType>(child: ChildProcess, schema: S): Promise<z.output<S>> {
  if (child.stdout === null) throw new Error("the process has no stdout");
  for await (const line of createInterface({ input: child.stdout })) {
    const parsed = schema.safeParse(line.startsWith("{") ? JSON.parse(line) : {});
    if (parsed.success) return parsed.data;
  }
  throw new Error("the process ended without its line");
}

async function server(name: string, env: Record<string, string>): Promise<Started> {
  const child = spawn(process.execPath, [`services/local/${name}/main.ts`], {
    stdio: ["ignore", "pipe", "inherit", "ipc"],
    env: { ...process.env, ...env },
  });
  const { url } = await firstLine(child, urlLine);
  child.stdout?.resume();
  return { child, url };
}

const client = (part: string, args: readonly string[]) =>
  firstLine(
    spawn(process.execPath, ["test/bench/stand-ins-client.ts", part, ...args], {
      stdio: ["ignore", "pipe", "inherit"],
    }),
    doneLine,
  );

export async function runStandIns(runs: number, turns: number) {
  const data = await mkdtemp(join(tmpdir(), "muster-stand-ins-"));
  const at = (name: string) => ({ EMULATOR_PORT: "0", EMULATOR_DATA: join(data, name) });
  const [dynamodb, queue, claude] = await Promise.all([
    server("dynamodb", at("dynamodb")),
    server("queue", at("queue")),
    server("claude-stub", { STUB_LATENCY: "none" }),
  ]);
  const clients = awsClients({
    region: "us-east-1",
    endpoints: { dynamodb: dynamodb.url, sqs: queue.url, s3: queue.url },
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    maxSockets: 10,
    now: () => new Date(),
  });
  const names = { table: "muster", bucket: "muster-data" };
  const { urls } = await provision({ ...clients, dynamo: clients.dynamodb, ...names, clock: systemClock });
  const servers = {
    dynamodb: [dynamodb.child.pid ?? 0],
    queue: [queue.child.pid ?? 0],
    claude: [claude.child.pid ?? 0],
  };
  const before = await usageByRole(servers);
  const args = [String(runs), String(turns), dynamodb.url, queue.url + new URL(urls.normal).pathname, claude.url];
  const parts = await Promise.all([client("submit", args), client("work", args)]);
  const after = await usageByRole(servers);
  clients.destroy();
  for (const { child } of [dynamodb, queue, claude]) child.kill("SIGTERM");
  await rm(data, { recursive: true, force: true });
  const wallMs = Math.max(...parts.map((part) => part.endedAtMs)) - Math.min(...parts.map((part) => part.startedAtMs));
  const ofClients = Object.fromEntries(parts.map(({ part, cpuMs }) => [part, round(cpuMs / runs)]));
  return {
    runsPerSecond: round((runs * 1_000) / wallMs),
    cpuMsPerRun: { ...cpuPerRun(before, after, runs), ...ofClients },
  };
}
