/** Who may make time and chance. */
import { findNodes } from "./find.ts";
import type { Source } from "./house.ts";
import { dotted, type Node, part, parts, textOf } from "./node.ts";
import { isProduct, makesTime, mayWait } from "./places.ts";
import type { Rule } from "./rule.ts";

const CHANCE = /^(globalThis\.)?Math\.random$/;
const SLEEPS = /^(globalThis\.)?(setTimeout|setInterval)$/;
const CLOCKS = /^((globalThis\.)?(Date\.now|performance\.now)|process\.hrtime|AbortSignal\.timeout)$/;
/** Another turn of the event loop: no time, but an order that a simulation cannot choose. Adapters may gather calls in it. */
const YIELDS = /^(globalThis\.)?setImmediate$/;
const isAdapter = (path: string): boolean => path.startsWith("services/adapters/");

/** Whether an identifier only names a field, and is not the function itself. */
function isOnlyName(node: Node, parent: Node | undefined): boolean {
  if (node.type !== "Identifier" || parent === undefined) return false;
  if (parent.type === "MemberExpression") return part(parent, "property") === node && parent.computed !== true;
  return (
    /^(Property|PropertyDefinition|MethodDefinition|TS\w*Signature)$/.test(parent.type) && part(parent, "key") === node
  );
}

function usedName(node: Node, parent: Node | undefined): string {
  return isOnlyName(node, parent) ? "" : (dotted(node) ?? "");
}

/** Whether an import brings in what sleeps, under any name. */
function importsTimers(node: Node): boolean {
  if (node.type !== "ImportDeclaration" || !/^node:timers/.test(textOf(part(node, "source"), "value") ?? ""))
    return false;
  const names = parts(node, "specifiers").map((one) => textOf(part(one, "imported"), "name") ?? "*");
  return names.some((name) => name !== "setImmediate");
}

const isBareDate = (node: Node): boolean =>
  node.type === "NewExpression" && parts(node, "arguments").length === 0 && dotted(part(node, "callee")) === "Date";

function waits(node: Node, parent: Node | undefined): string | undefined {
  const name = usedName(node, parent);
  if (SLEEPS.test(name) || CHANCE.test(name)) return name;
  return importsTimers(node) ? "import of node:timers" : undefined;
}

function makesItsOwn(node: Node, parent: Node | undefined, { path }: Source): string | undefined {
  const name = usedName(node, parent);
  if (CLOCKS.test(name) || (YIELDS.test(name) && !isAdapter(path))) return name;
  return isBareDate(node) ? "new Date()" : waits(node, parent);
}

export const timeRules: readonly Rule[] = [
  {
    name: "time and chance are arguments",
    reason: "code that makes its own time cannot run on a virtual clock, so its waits and races are never tested",
    instead: "take ports/clock.ts (Clock, Chance), or `nowMs` in a pure function",
    check: (house) => findNodes(house, (path) => isProduct(path) && !makesTime(path), makesItsOwn),
    fires: [
      { "services/core/a.ts": "const now = Date.now();" },
      { "services/worker/a.ts": "const t = new Date().toISOString();" },
      { "services/api/a.ts": "await new Promise((done) => setTimeout(done, 5));" },
      { "services/api/b.ts": "globalThis.setInterval(tick, 5);" },
      { "services/adapters/aws/a.ts": "fetch(url, { signal: AbortSignal.timeout(5) });" },
      { "services/worker/loop.ts": "setImmediate(pump);" },
      { "services/worker/b.ts": 'import { setTimeout as sleep } from "node:timers/promises";' },
    ],
    passes: [
      { "services/adapters/system/clock.ts": "export const nowMs = () => Date.now();" },
      { "services/adapters/aws/batcher.ts": "setImmediate(pump);" },
      { "services/core/a.ts": "const at = new Date(nowMs).toISOString();" },
      { "services/core/b.ts": "const limits = { setTimeout: 5 }; const x = limits.setTimeout;" },
    ],
  },
  {
    name: "tests do not sleep and do not gamble",
    reason:
      "a sleep is too short on a slow machine and too long on a fast one; chance without a seed cannot be repeated",
    instead: "wait for an event with a bound (test/support), move a manual clock, draw from a seed",
    check: (house) => findNodes(house, (path) => path.startsWith("test/") && !mayWait(path), waits),
    fires: [
      { "test/unit/a.test.ts": "await new Promise((done) => setTimeout(done, 50));" },
      { "test/unit/a.test.ts": 'import { setTimeout } from "node:timers/promises";' },
      { "test/scenario/a.test.ts": "if (Math.random() < 0.5) kill();" },
    ],
    passes: [
      { "test/unit/a.test.ts": 'import { setImmediate as turn } from "node:timers/promises";' },
      { "test/support/eventually.ts": "setTimeout(check, 5);" },
      { "test/unit/a.test.ts": "const start = performance.now(); await eventually(() => seen);" },
    ],
  },
];
