/** `npm run drill -- <name> [options] [--json]`: breaks a running system on purpose and counts what became of every run. */
import { parseArgs } from "node:util";
import { machine } from "../bench/machine.ts";
import { burst } from "./burst.ts";
import type { DrillOptions } from "./drill.ts";
import { failover } from "./failover.ts";
import { kill9 } from "./kill.ts";
import { notice } from "./notice.ts";
import { pause } from "./pause.ts";
import { rate } from "./rate.ts";
import { restart } from "./restart.ts";

const HELP = `npm run drill -- <name> [options]

  kill      kill -9 of workers under load; a supervisor sees it, or nobody does   --kills 200 --way both|supervised|silent
  notice    SIGTERM, Spot notice, rebalance, ECS, lifecycle, drain flag           --notices 105
  pause     workers stopped for a minute, then continued                          --kills 3
  restart   DynamoDB and SQS stand-ins killed and started again                   --kills 21
  rate      a model with a rate limit: used and not met; 429 storm, overload,     --runs 200 --brief
            spend cap (10 min; --brief: one minute, without the cap)
  burst     500 runs at once on one worker process: it becomes four, and one again;   --runs 500 --workers 4
            nothing is interrupted
  failover  the first platform overloaded, then stopped by a spend cap: calls go to
            a second one and come back                                            --runs 40

  --runs N  runs that are kept open (load)
  --json    one JSON object on the last line of stdout

The exit code is 1 if a promise is broken (docs/architecture.md has them), 2 if the command is not understood.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: "string" },
    notices: { type: "string" },
    runs: { type: "string" },
    workers: { type: "string" },
    way: { type: "string", default: "both" },
    brief: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

function usage(message: string): never {
  process.stderr.write(`${message}\n${HELP}`);
  process.exit(2);
}

function count(name: "kills" | "notices" | "runs" | "workers", otherwise: number): number {
  const value = Number(values[name] ?? otherwise);
  return Number.isInteger(value) && value > 0 ? value : usage(`--${name}: ${values[name]} is not a positive number`);
}

const { way } = values;
if (way !== "both" && way !== "supervised" && way !== "silent") usage(`--way: ${way} is not a way`);

const options = (defaults: {
  readonly kills?: number;
  readonly notices?: number;
  readonly runs: number;
}): DrillOptions => ({
  kills: count("kills", defaults.kills ?? 1),
  notices: count("notices", defaults.notices ?? 1),
  runs: count("runs", defaults.runs),
  way,
});

const drills: Readonly<Record<string, () => Promise<{ readonly promisesBroken: readonly string[] }>>> = {
  kill: () => kill9(options({ kills: 200, runs: 100 })),
  notice: () => notice(options({ notices: 105, runs: 100 })),
  pause: () => pause(options({ kills: 3, runs: 100 })),
  rate: () =>
    rate(
      values.brief
        ? {
            runs: count("runs", 40),
            rpm: 600,
            seconds: 10,
            rampMs: 4_000,
            stormMs: 1_000,
            overloadMs: 8_000,
            spendCap: false,
          }
        : {
            runs: count("runs", 200),
            rpm: 300,
            seconds: 300,
            rampMs: 60_000,
            stormMs: 2_000,
            overloadMs: 20_000,
            spendCap: true,
          },
    ),
  burst: () => burst({ runs: count("runs", 500), workers: count("workers", 4) }),
  failover: () => failover({ runs: count("runs", 40) }),
  restart: () => restart(options({ kills: 21, runs: 100 })),
};

const drill = drills[positionals[0] ?? ""];
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
if (drill === undefined) usage(`there is no drill ${positionals[0] ?? ""}`);
const result = { ...(await drill()), machine: machine() };
process.stdout.write(`${JSON.stringify(result, undefined, values.json ? undefined : 2)}\n`);
process.exit(result.promisesBroken.length === 0 ? 0 : 1);
