/** Names that say nothing, and keys that are written twice. */
import { findNodes } from "./find.ts";
import { type Node, parts, textOf } from "./node.ts";
import { isProduct } from "./places.ts";
import type { Rule } from "./rule.ts";

const EMPTY_NAMES = /(^|[-_.])(util|utils|helper|helpers|common|manager|misc|stuff)([-_.]|$)/i;

/** The one file that builds keys, and the adapter that writes expressions with them. */
const ownsKeys = (path: string): boolean =>
  path === "services/contract/tables.ts" || path.startsWith("services/adapters/aws/");
const KEY = /^(RUN|TURN|TOOL|FLEET|WORKER|CONTENT|QUEUE|PARK)#/;

/** The text that a literal begins with. */
function literal(node: Node): string | undefined {
  if (node.type === "Literal") return textOf(node, "value");
  if (node.type !== "TemplateLiteral") return undefined;
  const value = parts(node, "quasis")[0]?.value;
  return typeof value === "object" && value !== null && "raw" in value ? String(value.raw) : undefined;
}

export const nameRules: readonly Rule[] = [
  {
    name: "names say what is inside",
    reason: "a drawer called utils takes everything, so nobody finds anything in it",
    instead: "name the file or folder after the idea that it holds",
    check: ({ files }) =>
      files
        .filter(({ path }) => path.split("/").some((name) => EMPTY_NAMES.test(name)))
        .map(({ path }) => ({ path, line: 1, what: "a name that says nothing" })),
    fires: [{ "services/api/utils.ts": "" }, { "test/helpers/a.ts": "" }, { "services/worker/run-manager.ts": "" }],
    passes: [{ "services/core/retry.ts": "", "docs/commonwealth.md": "" }],
  },
  {
    name: "keys are built in contract/tables.ts",
    reason: "a key that is spelt in two places will be spelt in two ways",
    instead: "use `table` and `keys` of services/contract/tables.ts",
    check: (house) =>
      findNodes(
        house,
        (path) => isProduct(path) && !ownsKeys(path),
        (node) => {
          const text = literal(node);
          if (text === undefined) return undefined;
          return text === "pk" || text === "sk" || KEY.test(text) ? `the literal "${text}"` : undefined;
        },
      ),
    fires: [
      { "services/api/a.ts": 'const key = { ["pk"]: id };' },
      { "lib/constructs/run-table.ts": 'sortKey({ name: "sk" });' },
      { "services/controller/a.ts": `const key = "RUN#1";` },
    ],
    passes: [
      { "services/contract/tables.ts": 'export const table = { pk: "pk" };' },
      { "lib/constructs/run-table.ts": "sortKey({ name: table.sk });" },
    ],
  },
];
