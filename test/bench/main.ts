/** `npm run bench -- <name> [options] [--json]`: prints machine, settings and figures; the last line of stdout is JSON with --json. */
import { parseArgs } from "node:util";
import { savingName, savingsOff } from "../../services/contract/savings.ts";
import { concurrency } from "./concurrency.ts";
import { costs } from "./costs.ts";
import { latency } from "./latency.ts";
import { limiter } from "./limiter.ts";
import { machine } from "./machine.ts";
import { savings } from "./savings.ts";
import { start } from "./start.ts";
import { throughput } from "./throughput.ts";

const HELP = `npm run bench -- <name> [options]

  throughput   2,000 runs of 2 turns at zero stub latency     --runs 2000 --workers 1 --slots 200
               --limited: with a rate limit of 1,000,000 requests a minute (--rpm N: of N), enforced by the stub
  latency      submit accepted to first model request         --samples 200
  concurrency  all runs active at once, 3 turns, 20 chunks    --runs 1000 --turn-seconds 5 --workers 1
  limiter      the fleet's limiter on a virtual clock, beside a fixed window and token leases
               --fleets 10,100,500,2000 --minutes 10
  savings      the recorded workload with no saving, then one after the other on: spend by the stub's meter
               --savings caching,fan-out,compression,clearing,memo,batches --latency 60/160
  costs        the costs that Muster shows beside the stand-in's own meter, a worker killed in between  --calls 10000
  start        start command to first finished run

  --json       one JSON object on the last line of stdout
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: "string" },
    workers: { type: "string" },
    slots: { type: "string" },
    samples: { type: "string" },
    calls: { type: "string" },
    "turn-seconds": { type: "string" },
    limited: { type: "boolean", default: false },
    rpm: { type: "string" },
    fleets: { type: "string", default: "10,100,500,2000" },
    minutes: { type: "string" },
    savings: { type: "string", default: savingName.options.join(",") },
    latency: { type: "string", default: "60/160" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const count = (
  name: "runs" | "workers" | "slots" | "samples" | "calls" | "turn-seconds" | "minutes" | "rpm",
  otherwise: number,
): number => {
  const value = Number(values[name] ?? otherwise);
  if (Number.isFinite(value) && value > 0) return value;
  throw new Error(`--${name}: ${values[name]} is not a positive number`);
};

const benches: Readonly<Record<string, () => Promise<{ readonly ok: boolean }>>> = {
  throughput: () =>
    throughput({
      ...{ runs: count("runs", 2_000), workers: count("workers", 1), slots: count("slots", 200) },
      limitPerMinute: values.limited || values.rpm !== undefined ? count("rpm", 1_000_000) : undefined,
    }),
  latency: () => latency({ samples: count("samples", 200) }),
  concurrency: () =>
    concurrency({ runs: count("runs", 1_000), turnSeconds: count("turn-seconds", 5), workers: count("workers", 1) }),
  limiter: () => limiter({ workers: values.fleets.split(",").map(Number), minutes: count("minutes", 10) }),
  costs: () => costs({ calls: count("calls", 10_000), kill: true }),
  savings: () => savings({ savings: savingsOff.parse(values.savings), latency: values.latency }),
  start,
};

const bench = benches[positionals[0] ?? ""];
if (values.help || bench === undefined) {
  process.stdout.write(HELP);
  process.exit(values.help ? 0 : 2);
}
const result = { ...(await bench()), machine: machine() };
if (!values.json) process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
else process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(result.ok ? 0 : 1);
