/**
 * The Claude API stub as a process of its own. Prints one JSON line when it listens:
 * `{"event":"claude-stub.ready","url":"http://127.0.0.1:..."}`.
 *
 * Flags, and the environment variables that they override:
 * - `--port`, STUB_PORT: port on 127.0.0.1; 0 (the default) takes a free one
 * - `--latency`, STUB_LATENCY: "none", or medians in milliseconds to the first event and to the last; default "120/900"
 * - `--seed`, STUB_SEED: seed of latencies, faults and tool-use ids; default 1
 * - `--journal`, STUB_JOURNAL: file that keeps the counts over a restart
 * - `--config`, STUB_CONFIG: JSON file `{config, faults, scripts}`, as the control endpoint takes them
 * - `--rpm`, `--itpm`, `--otpm`, `--burst-seconds`, STUB_RPM, STUB_ITPM, STUB_OTPM, STUB_BURST_SECONDS: rate limits of
 *   every model class; unlimited by default
 *
 * SIGTERM and SIGINT close it and write the journal out. With a channel to a parent (fork), SIGINT is the parent's business
 * and the end of the channel ends the stub.
 */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { UNLIMITED } from "./buckets.ts";
import { applyFile } from "./control.ts";
import { Journal, readJournal } from "./journal.ts";
import { parseLatency } from "./latency.ts";
import { startStub } from "./server.ts";
import { makeState } from "./state.ts";

const { env } = process;
const { values: flags } = parseArgs({
  options: {
    port: { type: "string", default: env.STUB_PORT ?? "0" },
    latency: { type: "string", default: env.STUB_LATENCY ?? "120/900" },
    seed: { type: "string", default: env.STUB_SEED ?? "1" },
    journal: { type: "string", default: env.STUB_JOURNAL ?? "" },
    config: { type: "string", default: env.STUB_CONFIG ?? "" },
    rpm: { type: "string", default: env.STUB_RPM ?? String(UNLIMITED.requestsPerMinute) },
    itpm: { type: "string", default: env.STUB_ITPM ?? String(UNLIMITED.inputTokensPerMinute) },
    otpm: { type: "string", default: env.STUB_OTPM ?? String(UNLIMITED.outputTokensPerMinute) },
    "burst-seconds": { type: "string", default: env.STUB_BURST_SECONDS ?? String(UNLIMITED.burstSeconds) },
  },
});

function number(name: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isFinite(value) && value >= least) return value;
  throw new Error(`--${name}: ${JSON.stringify(text)} is not a number of at least ${least}`);
}

const latency = parseLatency(flags.latency);
if (latency === undefined) throw new Error(`--latency: use "none" or "120/900", not ${JSON.stringify(flags.latency)}`);

const journal = flags.journal === "" ? undefined : await Journal.open(flags.journal);
const state = makeState({
  seed: number("seed", flags.seed, 0),
  latency,
  ...(journal === undefined ? {} : { journal }),
});
state.limits.set("*", {
  requestsPerMinute: number("rpm", flags.rpm, 1),
  inputTokensPerMinute: number("itpm", flags.itpm, 1),
  outputTokensPerMinute: number("otpm", flags.otpm, 1),
  burstSeconds: number("burst-seconds", flags["burst-seconds"], 0.001),
});
if (journal !== undefined) {
  await readJournal(flags.journal, (line) => state.ledger.replay(line));
  state.ledger.settleReplayed();
}
if (flags.config !== "") applyFile(state, await readFile(flags.config, "utf8"));

const stub = await startStub({ state, port: number("port", flags.port, 0) });
process.stdout.write(`${JSON.stringify({ event: "claude-stub.ready", url: stub.url })}\n`);

let stopping = false;
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await stub.close();
  await journal?.close();
  process.exit(0);
}

process.on("SIGTERM", () => void stop());
process.on("SIGINT", () => {
  if (!process.connected) void stop();
});
process.on("disconnect", () => void stop());
