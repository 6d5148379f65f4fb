/** What does not belong into a finished file: marks of work to come, and paths of somebody's machine. */
import { findLines } from "./find.ts";
import type { Rule } from "./rule.ts";

/** Spelt in pieces, so that this file does not find itself. */
const MARKS = new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"].join("|")})\\b`);
const start = "(?<![\\w.-])";
const MACHINE = new RegExp(
  [`${start}/(wo)rk/`, `${start}/(tm)p\\b`, `${start}/(ho)me/\\w`, `${start}/(Us)ers/\\w`].join("|"),
);
const BESIDE = new RegExp(["\\.\\./", "shared/"].join(""));

export const traceRules: readonly Rule[] = [
  {
    name: "no marks of work to come",
    reason: "a mark in the code is a promise that nobody is reminded of",
    instead: "do it, or write an issue and leave the code as it is meant to be",
    check: (house) => findLines(house, MARKS),
    fires: [{ "services/a.ts": `// ${"TO"}${"DO"}: later` }, { "README.md": `# A\n${"FIX"}${"ME"}` }],
    passes: [{ "services/a.ts": "// Todos are kept elsewhere.\nconst todo = [];" }],
  },
  {
    name: "no paths of one machine",
    reason: "a path of somebody's machine is wrong on every other one",
    instead: "use a path relative to the file, os.tmpdir(), or a setting",
    check: (house) => [...findLines(house, MACHINE), ...findLines(house, BESIDE, (path) => path !== ".ci/run")],
    fires: [
      { "services/a.ts": `const log = "/${"tmp"}/log";` },
      { "docs/a.md": `# A\ncd /${"work"}/main` },
      { "docs/a.md": `# A\nsee ${"../"}${"shared"}/a.md` },
    ],
    passes: [
      { "services/a.ts": 'import { x } from "../worker/x.ts"; const p = "services/work/x";' },
      { ".ci/run": `ls ${"../"}${"shared"}/tools` },
    ],
  },
];
