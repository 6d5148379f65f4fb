/**
 * `npm run simulate -- --seeds 1..100 [--jobs 2]`, or `--seed 7 --trace` for one. Exit code 1 when a promise was broken, 2 when the
 * command line is wrong. Progress goes to stderr, violations and the last line (JSON) to stdout.
 */
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { type FaultName, faultNames, isFaultName } from "./engine/faults.ts";
import { drawOptions, type Settled } from "./engine/options.ts";
import { runSeed, type SeedResult } from "./seeds.ts";
import { Summary, tell } from "./summary.ts";

const USAGE = `npm run simulate -- --seeds A..B [--jobs N] [--runs N] [--faults a,b|none|all] [--scaled] [--json]
npm run simulate -- --seed N [--trace] [--runs N] [--faults ...] [--scaled]
--scaled: every world's machines come and go by the controller's decisions, not only those of some seeds
faults: ${faultNames.join(", ")}
`;
const PROGRESS_MS = 2_000;
/** A world's garbage is young: with room for it, collecting costs a fifth less of the whole. */
const YOUNG_MB = 192;
const say = (text: string): void => void process.stdout.write(text);

function wrong(why: string): never {
  process.stderr.write(`${why}\n${USAGE}`);
  process.exit(2);
}

function read() {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const options = {
    seeds: text,
    seed: text,
    jobs: text,
    runs: text,
    faults: text,
    trace: flag,
    scaled: flag,
    json: flag,
    help: flag,
  };
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return wrong(String(error));
  }
}

const values = read();
if (values.help === true) {
  say(USAGE);
  process.exit(0);
}

function count(name: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const number = Number(given);
  return Number.isSafeInteger(number) && number >= 0 ? number : wrong(`--${name} wants a whole number, not ${given}`);
}

function faultsOf(given: string | undefined): readonly FaultName[] | undefined {
  if (given === undefined) return undefined;
  if (given === "none") return [];
  if (given === "all") return faultNames;
  return given.split(",").map((name) => (isFaultName(name) ? name : wrong(`there is no fault ${name}`)));
}

const runs = count("runs", values.runs);
const faults = faultsOf(values.faults);
const settled: Settled = {
  ...(runs === undefined ? {} : { runs }),
  ...(faults === undefined ? {} : { faults }),
  ...(values.scaled === undefined ? {} : { scaled: values.scaled }),
};
const sameAgain = [
  values.runs && `--runs ${values.runs}`,
  values.faults && `--faults ${values.faults}`,
  values.scaled && "--scaled",
];
const again = (seed: number): string => [`--seed ${seed} --trace`, ...sameAgain.filter(Boolean)].join(" ");

/** The whole numbers of `A..B`. */
function seedsOf(range: string): number[] {
  const [from, to] = /^(\d+)\.\.(\d+)$/.exec(range)?.slice(1).map(Number) ?? [];
  if (from === undefined || to === undefined || to < from) return wrong(`--seeds wants A..B, not ${range}`);
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** Runs the seeds on `jobs` threads; `each` hears of every result. */
function inThreads(seeds: readonly number[], jobs: number, each: (result: SeedResult) => void): Promise<unknown> {
  const left = [...seeds];
  const thread = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_MB };
      const worker = new Worker(new URL("./seed-thread.ts", import.meta.url), { workerData: settled, resourceLimits });
      const next = () => {
        const seed = left.shift();
        if (seed !== undefined) return worker.postMessage(seed);
        void worker.terminate();
        resolve();
      };
      worker.on("message", (result: SeedResult) => {
        each(result);
        next();
      });
      worker.on("error", reject);
      next();
    });
  return Promise.all(Array.from({ length: jobs }, thread));
}

const summary = new Summary();
const startedMs = performance.now();
let toldMs = startedMs;

function take(result: SeedResult): void {
  summary.add(result);
  const { violation } = result.outcome;
  if (violation !== undefined && values.json !== true) say(tell(violation, again(violation.seed)));
  if (performance.now() - toldMs < PROGRESS_MS) return;
  toldMs = performance.now();
  process.stderr.write(`${summary.seeds} seeds, ${summary.runs} runs, ${summary.violations.length} violations\n`);
}

const seed = count("seed", values.seed);
if (seed !== undefined) {
  say(`${JSON.stringify(drawOptions(seed, settled))}\n`);
  const result = await runSeed(seed, settled, values.trace === true ? { say: (line) => say(`${line}\n`) } : {});
  say(`${JSON.stringify({ ...result.outcome, violation: result.outcome.violation?.promise })}\n`);
  take(result);
} else await inThreads(seedsOf(values.seeds ?? "1..100"), count("jobs", values.jobs) ?? 1, take);

const { user, system } = process.cpuUsage();
say(`${summary.line(performance.now() - startedMs, (user + system) / 1_000)}\n`);
process.exitCode = summary.violations.length === 0 ? 0 : 1;
