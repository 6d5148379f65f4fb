/** `npm start`: the local twin. Prints for a person, or one JSON object for each event with `--json`. */
import { enableCompileCache } from "node:module";
import { systemChance } from "../adapters/system/chance.ts";
import { systemClock } from "../adapters/system/clock.ts";
import { bounds } from "./bounds.ts";
import { dataFolder } from "./data-folder.ts";
import type { TwinEvent } from "./events.ts";
import { DEFAULT_PORT, type Flags, parseFlags } from "./flags.ts";
import { lock } from "./lock.ts";
import { freePort, isFree, portFrom } from "./ports.ts";
import type { Plan } from "./roster.ts";
import { crowdOf, greeting, printed, say } from "./say.ts";
import { standIns } from "./stand-ins.ts";
import { Twin } from "./twin.ts";

const exitCode = { done: 0, failed: 1, usage: 2 } as const;

function fail(message: string, code: number): never {
  process.stderr.write(`muster: ${message}\n`);
  process.exit(code);
}

function readFlags(): Flags {
  const parsed = parseFlags(process.argv.slice(2));
  if (parsed.kind === "flags") return parsed.flags;
  if (parsed.kind === "wrong") fail(`${parsed.message}\nnpm start -- --help shows all flags`, exitCode.usage);
  process.stdout.write(parsed.text);
  process.exit(exitCode.done);
}

async function apiPort(port: number | undefined): Promise<number> {
  if (port === undefined) return portFrom(DEFAULT_PORT);
  if (port === 0) return freePort();
  if (await isFree(port)) return port;
  return fail(`port ${port} is taken; stop what uses it or choose another with --port`, exitCode.failed);
}

// The children's start is parsing and type stripping for the most part; the cache keeps their outcome over starts.
const compileCache = enableCompileCache().directory;
const flags = readFlags();
const chosen = standIns(process.env, flags.aws);
if (chosen.aws.kind === "account" && !process.env.MUSTER_BUCKET)
  fail("--aws needs MUSTER_BUCKET: the name of a bucket of yours (it is made if it is not there)", exitCode.usage);

const folder = dataFolder(flags.data);
const locked = lock(folder.path, systemClock.nowMs());
if (locked.kind === "taken")
  fail(`${folder.path} is in use by another npm start (process ${locked.pid}); stop it or use --data`, exitCode.failed);
process.on("exit", locked.release);

const write = (line: string): void => void process.stdout.write(`${line}\n`);
const saidMs = new Map<string, number>();
const isRepeated = (crowd: string | undefined): boolean => {
  if (crowd === undefined) return false;
  const nowMs = systemClock.monotonicMs();
  if (nowMs - (saidMs.get(crowd) ?? -bounds.sameTroubleMs) < bounds.sameTroubleMs) return true;
  saidMs.set(crowd, nowMs);
  return false;
};
const tell = (event: TwinEvent): void => {
  if (!flags.json) for (const line of isRepeated(crowdOf(event)) ? [] : say(event)) write(line);
  else if (printed(event)) write(JSON.stringify(event));
};
if (!flags.json) for (const line of greeting(chosen)) write(line);
process.stdout.on("error", () => undefined);

const [api, dynamodb, queue, claude] = await Promise.all([apiPort(flags.port), freePort(), freePort(), freePort()]);
const env = { ...process.env, NODE_COMPILE_CACHE: compileCache };
const plan: Plan = { env, flags, folder, standIns: chosen, ports: { api, dynamodb, queue, claude } };

let stopping: Promise<void> | undefined;
let askedMs = 0;
function stop(because: string, code: number): void {
  if (stopping !== undefined && systemClock.monotonicMs() - askedMs > bounds.oneSignalMs) twin.hasten();
  if (stopping === undefined) askedMs = systemClock.monotonicMs();
  stopping ??= twin.stop(because).then(() => process.exit(code));
}
const NO_CREDENTIALS =
  "the AWS SDK found no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (any value for LocalStack)";
function broken(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    `muster: ${message}${message.includes("CredentialsProviderError") ? `\n  ${NO_CREDENTIALS}` : ""}\n`,
  );
  stop("a part of it does not work", exitCode.failed);
}

const twin = new Twin({ plan, clock: systemClock, chance: systemChance, tell, onBroken: broken });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop(signal, exitCode.done));
await twin.start().catch((error) => {
  if (stopping === undefined) broken(error);
});
