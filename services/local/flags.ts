/** Flags of `npm start`, checked. */
import { availableParallelism, totalmem } from "node:os";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { bounds } from "./bounds.ts";

/** What the user asked for. `port` undefined: the default one or the next free one. */
export type Flags = {
  readonly port: number | undefined;
  readonly data: string;
  /** Worker processes: at first and at least, and at most. Where both are the same nobody scales. */
  readonly workers: { readonly min: number; readonly max: number };
  readonly slots: number;
  readonly aws: boolean;
  readonly json: boolean;
  readonly stub: StubFlags;
};

/** Handed to the Claude stub as its environment: STUB_<NAME>. */
export type StubFlags = Readonly<Record<string, string>>;

/** Flags, a text to print with its exit code (help), or a mistake. */
export type Parsed =
  | { readonly kind: "flags"; readonly flags: Flags }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "wrong"; readonly message: string };

export const DEFAULT_PORT = 8_080;

const integer = (least: number, most: number) => (text: string) => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most)
    throw new InvalidArgumentError(`Use a whole number from ${least} to ${most}.`);
  return value;
};

/** `3`, or `1..4`: a number that stays, or bounds between which the controller scales. */
const workersForm = (text: string): Flags["workers"] => {
  const [, low, high = low] = /^(\d{1,3})(?:\.\.(\d{1,3}))?$/.exec(text) ?? [];
  const [min, max] = [Number(low), Number(high)];
  if (!(min >= 1 && min <= max && max <= bounds.workersMax))
    throw new InvalidArgumentError(`Use a whole number from 1 to ${bounds.workersMax}, or bounds such as 1..4.`);
  return { min, max };
};

/** As many as this machine has cores and memory for. */
const usualWorkers = (): Flags["workers"] => {
  const byMemory = Math.floor((totalmem() * bounds.machineShare) / bounds.workerBytes);
  return { min: 1, max: Math.max(1, Math.min(availableParallelism(), byMemory, bounds.workersMax)) };
};

const latencyForm = (text: string): string => {
  if (text === "none" || /^\d+\/\d+$/.test(text)) return text;
  throw new InvalidArgumentError('Use "none" or "120/900" (milliseconds to the first and to the last event).');
};

const STUB = ["latency", "seed", "rpm", "itpm", "otpm", "burstSeconds", "stubConfig"] as const;

const help = `
Flags of the Claude stand-in: --latency, --seed, --rpm, --itpm, --otpm, --burst-seconds, --stub-config.

Environment:
  ANTHROPIC_API_KEY   use Claude itself (ANTHROPIC_BASE_URL is honoured)
  AWS_ENDPOINT_URL    use this endpoint (LocalStack or any) for DynamoDB, SQS and S3
  MUSTER_TABLE, MUSTER_BUCKET   names there; "muster" and "muster-data" by default

--json prints one JSON object a line: local.starting, local.ready (url, apiKey, dataDir, pids by role, stubUrl),
worker.spawned, worker.ended, child.restarted, child.line (warnings and errors of a child), local.stopping, local.stopped.
Everything that the processes write is in <data>/log/*.jsonl.

Ctrl-C drains: turns in flight are finished (up to a minute and a half), runs are kept. Ctrl-C again ends at once; runs are kept all the same.

Examples:
  npm start
  npm start -- --workers 2 --slots 500 --latency none
  npm start -- --workers 1..4 --slots 50      (submit 500 runs, and watch: npx muster fleet --watch)
  ANTHROPIC_API_KEY=... npm start`;

function command(): Command {
  return new Command("npm start --")
    .description("The whole of Muster on this machine: API, controller, workers, and stand-ins for AWS and Claude.")
    .option(
      "--port <port>",
      "port of the API; 0 takes any free one (default: 8080, or the next free one)",
      integer(0, 65_535),
    )
    .option("--data <folder>", "data folder, kept over restarts", ".muster")
    .option(
      "--workers <n>",
      "worker processes: a number, or bounds (1..4) between which the controller scales (default: 1 to the number of cores)",
      workersForm,
    )
    .option("--slots <n>", "runs that one worker executes at a time", integer(1, bounds.slotsMax), 200)
    .option("--aws", "use the AWS account of the environment instead of the stand-ins", false)
    .option("--json", "print one JSON object for each event", false)
    .addOption(new Option("--latency <ms>", "none, or to the first and the last event").argParser(latencyForm))
    .addOption(new Option("--seed <n>", "seed of the stand-in's chance").argParser(integer(0, 2 ** 31)))
    .addOption(new Option("--rpm <n>", "requests a minute of each model").argParser(integer(1, 1e9)))
    .addOption(new Option("--itpm <n>", "input tokens a minute").argParser(integer(1, 1e12)))
    .addOption(new Option("--otpm <n>", "output tokens a minute").argParser(integer(1, 1e12)))
    .addOption(
      new Option("--burst-seconds <n>", "seconds of the rate that a burst may use").argParser(integer(1, 3_600)),
    )
    .addOption(new Option("--stub-config <file>", "JSON file of faults and scripts"))
    .addHelpText("after", help)
    .allowExcessArguments(false)
    .exitOverride();
}

/** STUB_BURST_SECONDS of `burstSeconds`; the configuration file's variable is STUB_CONFIG. */
const stubName = (name: string): string =>
  `STUB_${name === "stubConfig" ? "CONFIG" : name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

/** Parses the arguments after the program's name. */
export function parseFlags(args: readonly string[]): Parsed {
  let text = "";
  const program = command().configureOutput({
    writeOut: (part) => {
      text += part;
    },
    writeErr: (part) => {
      text += part;
    },
  });
  try {
    program.parse([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0
      ? { kind: "help", text }
      : { kind: "wrong", message: text.replace(/^error: /, "").trim() };
  }
  const { port, data, workers = usualWorkers(), slots, aws, json, ...rest } = program.opts();
  const stub = Object.fromEntries(
    STUB.flatMap((name) => (rest[name] === undefined ? [] : [[stubName(name), String(rest[name])]])),
  );
  return { kind: "flags", flags: { port, data, workers, slots, aws, json, stub } };
}
