/** What a test may do to the process that it shares with the files before and after it. */
import { findNodes } from "./find.ts";
import type { Source } from "./house.ts";
import { dotted, type Node, part, parts, textOf } from "./node.ts";
import type { Rule } from "./rule.ts";

/** What changes something for the whole process, and what takes it back. */
const TAKEN_BACK: Readonly<Record<string, string>> = {
  "vi.stubEnv": "vi.unstubAllEnvs",
  "vi.stubGlobal": "vi.unstubAllGlobals",
  "vi.useFakeTimers": "vi.useRealTimers",
  mockClient: ".restore()",
};
/** Nothing takes these back for modules that are loaded already. */
const FOR_GOOD = /^(vi\.(mock|doMock|resetModules)|process\.chdir)$/;
const GLOBAL = /^(process\.env|globalThis)(\.|$)/;

/** A stub of one client is that client's; a stub of its class is everybody's. */
function isOfAll(name: string, node: Node): boolean {
  const [first] = parts(node, "arguments");
  return name !== "mockClient" || /^[A-Z]/.test(textOf(first, "name") ?? "");
}

function leftOver(node: Node, _: Node | undefined, { text }: Source): string | undefined {
  if (node.type === "AssignmentExpression") {
    const left = part(node, "left");
    const name = dotted(left?.computed === true ? part(left, "object") : left) ?? "";
    return GLOBAL.test(name) ? `${name} = ...` : undefined;
  }
  const name = node.type === "CallExpression" ? (dotted(part(node, "callee")) ?? "") : "";
  if (FOR_GOOD.test(name)) return name;
  const back = TAKEN_BACK[name];
  return back !== undefined && isOfAll(name, node) && !text.includes(back) ? `${name} without ${back}` : undefined;
}

export const sharedProcessRules: readonly Rule[] = [
  {
    name: "a test leaves its process as it found it",
    reason:
      "files of the unit suite and of infra share processes: what one leaves behind (a stubbed class, a variable) fails another, in some orders",
    instead: "hand the change in as an argument, or take it back in afterAll or afterEach",
    check: (house) =>
      findNodes(house, (path) => /^test\/(?!e2e|integration|bench|drill|infra\/lambda-runtime)/.test(path), leftOver),
    fires: [
      { "test/unit/a.test.ts": "const ecs = mockClient(ECSClient); beforeEach(() => ecs.reset());" },
      { "test/unit/a.test.ts": 'vi.stubEnv("A", "b");' },
      { "test/unit/a.test.ts": 'process.env.A = "b";' },
      { "test/unit/a.test.ts": 'process.env[name] = "b";' },
      { "test/unit/a.test.ts": "globalThis.fetch = async () => answer;" },
      { "test/scenario/a.test.ts": 'vi.mock("../services/a.ts");' },
    ],
    passes: [
      { "test/unit/a.test.ts": "const ecs = mockClient(ECSClient); afterAll(() => ecs.restore());" },
      { "test/unit/a.test.ts": "const mock = mockClient(sqs);" },
      { "test/unit/a.test.ts": 'vi.stubEnv("A", "b"); afterEach(() => vi.unstubAllEnvs());' },
      { "test/e2e/a.test.ts": "globalThis.fetch = async () => answer;" },
    ],
  },
];
