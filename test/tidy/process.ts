/** Who may look at the process: environment, signals, end, output. */
import { findNodes } from "./find.ts";
import { dotted } from "./node.ts";
import { isEntry, isProduct } from "./places.ts";
import type { Rule } from "./rule.ts";

const OWN = /^process\.(env|on|once|off|exit|exitCode|abort|chdir|stdin)$/;
const OUTPUT = /^(console\.\w+|process\.(stdout|stderr))$/;
/** The system's adapters turn signals into stop sources; handing in `process` would only hide that they do. */
const listens = (path: string): boolean => path.startsWith("services/adapters/system/");

export const processRules: readonly Rule[] = [
  {
    name: "only entries look at their process",
    reason: "a module that reads the environment, listens to signals or exits cannot be imported without doing so",
    instead: "parse the environment in main.ts, handler.ts or bin with contract/env.ts and hand the values in",
    check: (house) =>
      findNodes(
        house,
        (path) => isProduct(path) && !isEntry(path),
        (node, _, { path }) => {
          const name = dotted(node);
          if (name === undefined || !OWN.test(name)) return undefined;
          return listens(path) && /\.(on|once|off)$/.test(name) ? undefined : name;
        },
      ),
    fires: [
      { "services/worker/loop.ts": "export const table = process.env.TABLE;" },
      { "services/api/app.ts": 'process.on("SIGTERM", stop);' },
      { "services/adapters/aws/a.ts": "if (broken) process.exit(1);" },
    ],
    passes: [
      { "services/worker/main.ts": "process.exitCode = await run(process.env);" },
      { "services/adapters/system/signals.ts": 'process.once("SIGTERM", stop);' },
      { "services/worker/loop.ts": "const rss = process.memoryUsage().rss; const pid = process.pid;" },
    ],
  },
  {
    name: "nothing below the entries prints",
    reason: "text on a stream cannot be counted, tested or turned off; events can",
    instead: "emit an event of contract/events.ts, or write to a stream that the entry hands in",
    check: (house) =>
      findNodes(
        house,
        (path) => isProduct(path) && !isEntry(path),
        (node) => {
          const name = dotted(node);
          return name !== undefined && OUTPUT.test(name) ? name : undefined;
        },
      ),
    fires: [
      { "services/worker/loop.ts": 'console.log("claimed");' },
      { "services/api/app.ts": 'process.stderr.write("oops");' },
    ],
    passes: [{ "services/worker/main.ts": 'process.stdout.write("ready");' }, { "services/a.ts": "sink.emit(name);" }],
  },
];
