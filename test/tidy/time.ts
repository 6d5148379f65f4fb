/** Who may make time and chance. */
import { findNodes } from "./find.ts";
import { dotted, type Node, part, textOf } from "./node.ts";
import { makesTime } from "./places.ts";
import type { Rule } from "./rule.ts";

const TIMERS = "(setTimeout|setInterval|setImmediate)";
const MAKERS = new RegExp(
  `^((globalThis\\.)?(Date\\.now|Math\\.random|performance\\.now|${TIMERS})|AbortSignal\\.timeout|process\\.hrtime)$`,
);

/** Whether an identifier only names a field, and is not the function itself. */
function isOnlyName(node: Node, parent: Node | undefined): boolean {
  if (node.type !== "Identifier" || parent === undefined) return false;
  if (parent.type === "MemberExpression") return part(parent, "property") === node && parent.computed !== true;
  return (
    /^(Property|PropertyDefinition|MethodDefinition|TS\w*Signature)$/.test(parent.type) && part(parent, "key") === node
  );
}

function madeHere(node: Node, parent: Node | undefined): string | undefined {
  const name = dotted(node);
  if (name !== undefined && MAKERS.test(name) && !isOnlyName(node, parent)) return name;
  if (node.type === "ImportDeclaration" && /^node:timers/.test(textOf(part(node, "source"), "value") ?? "")) {
    return "import of node:timers";
  }
  const bare = node.type === "NewExpression" && Array.isArray(node.arguments) && node.arguments.length === 0;
  return bare && dotted(part(node, "callee")) === "Date" ? "new Date()" : undefined;
}

export const timeRules: readonly Rule[] = [
  {
    name: "time and chance are arguments",
    reason: "code that makes its own time cannot run on a virtual clock, so its waits and races are never tested",
    instead: "take ports/clock.ts (Clock, Chance), or `nowMs` in a pure function; tests wait for an event with a bound",
    check: (house) => findNodes(house, (path) => path.endsWith(".ts") && !makesTime(path), madeHere),
    fires: [
      { "services/core/a.ts": "const now = Date.now();" },
      { "services/worker/a.ts": "const t = new Date().toISOString();" },
      { "services/api/a.ts": "await new Promise((done) => setTimeout(done, 5));" },
      { "services/api/b.ts": "globalThis.setInterval(tick, 5);" },
      { "services/adapters/aws/a.ts": "fetch(url, { signal: AbortSignal.timeout(5) });" },
      { "services/worker/b.ts": 'import { setTimeout as sleep } from "node:timers/promises";' },
      { "test/unit/a.test.ts": "const start = performance.now() + Math.random();" },
    ],
    passes: [
      { "services/adapters/system/clock.ts": "export const nowMs = () => Date.now();" },
      { "services/core/a.ts": "const at = new Date(nowMs).toISOString();" },
      { "services/core/b.ts": "const limits = { setTimeout: 5 }; const x = limits.setTimeout;" },
    ],
  },
];
