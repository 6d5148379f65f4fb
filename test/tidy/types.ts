/** Ways of telling the compiler something that nobody has checked. */
import { findNodes } from "./find.ts";
import { dotted, type Node, part, textOf, walk } from "./node.ts";
import { isProduct } from "./places.ts";
import type { Rule } from "./rule.ts";

const everywhere = (path: string): boolean => path.endsWith(".ts");

/** Whether an expression brings in what nobody has checked yet. */
function isInput(node: Node): boolean {
  let found = false;
  walk(node, (inner) => {
    if (inner.type !== "CallExpression") return;
    const callee = part(inner, "callee");
    found ||= dotted(callee) === "JSON.parse";
    found ||= callee?.type === "MemberExpression" && textOf(part(callee, "property"), "name") === "json";
  });
  return found;
}

function cast(node: Node): string | undefined {
  if (node.type === "TSTypeAssertion") return "<T>value";
  const expression = part(node, "expression");
  if (node.type !== "TSAsExpression" || expression === undefined) return undefined;
  const to = part(node, "typeAnnotation")?.type;
  if (to === "TSUnknownKeyword" || isConst(node)) return undefined;
  if (to === "TSNeverKeyword") return "as never";
  if (expression.type === "TSAsExpression") return "as unknown as";
  return isInput(expression) ? "as on parsed input" : undefined;
}

const isConst = (node: Node): boolean => {
  const type = part(node, "typeAnnotation");
  return type !== undefined && textOf(part(type, "typeName"), "name") === "const";
};

/** `const x: T = JSON.parse(...)`: a cast that does not look like one. */
function quietCast(node: Node): string | undefined {
  const [id, init] = [part(node, "id"), part(node, "init")];
  const type = id && part(id, "typeAnnotation");
  if (node.type !== "VariableDeclarator" || init === undefined || type === undefined || type === null) return undefined;
  const parses = init.type === "CallExpression" && dotted(part(init, "callee")) === "JSON.parse";
  return parses && part(type, "typeAnnotation")?.type !== "TSUnknownKeyword" ? "a type given to JSON.parse" : undefined;
}

export const typeRules: readonly Rule[] = [
  {
    name: "no any",
    reason: "any turns the compiler off for everything that it touches",
    instead: "write unknown and parse it with a schema, or give the type",
    check: (house) => findNodes(house, everywhere, (node) => (node.type === "TSAnyKeyword" ? "any" : undefined)),
    fires: [{ "services/a.ts": "export function f(x: any) {}" }, { "test/a.ts": "let x: Record<string, any>;" }],
    passes: [{ "services/a.ts": 'const any = "any"; // any' }],
  },
  {
    name: "no non-null assertion",
    reason: "a missing value is a case of the type; `!` makes it an error far away from where it was missing",
    instead: "handle undefined, or throw an error that says what must be there and why",
    check: (house) =>
      findNodes(house, everywhere, (node) => (node.type === "TSNonNullExpression" ? "value!" : undefined)),
    fires: [{ "services/a.ts": "const x = map.get(1)!;" }, { "test/a.ts": "list[0]!.name;" }],
    passes: [{ "services/a.ts": "const x = !map.get(1); if (a !== b) stop();" }],
  },
  {
    name: "input is parsed, not cast",
    reason: "a cast promises what nobody has looked at; the first wrong input breaks something far away",
    instead: "parse with a zod schema at the edge; `as const` and `satisfies` promise nothing and are fine",
    check: (house) => findNodes(house, isProduct, (node) => cast(node) ?? quietCast(node)),
    fires: [
      { "services/a.ts": "const x = JSON.parse(text) as Config;" },
      { "services/a.ts": "const x = (await response.json()) as Config;" },
      { "services/a.ts": "const x = y as unknown as Config;" },
      { "services/a.ts": "const x = y as never;" },
      { "services/a.ts": "const x: Config = JSON.parse(text);" },
      { "services/a.ts": "const x = <Config>y;" },
    ],
    passes: [
      { "services/a.ts": 'const x = ["a"] as const; const y: unknown = JSON.parse(text);' },
      { "services/a.ts": "const x = schema.parse(JSON.parse(text));" },
    ],
  },
  {
    name: "the compiler is not silenced",
    reason: "a silenced line stays silent when its reason is gone",
    instead: "mend the type; @ts-expect-error in a test that proves a type error is fine",
    check: (house) =>
      house.sources.flatMap(({ path, text, comments }) =>
        comments
          .filter((comment) => /@ts-(ignore|nocheck)/.test(comment.text))
          .map(({ start }) => ({ path, line: text.slice(0, start).split("\n").length, what: "@ts-ignore" })),
      ),
    fires: [{ "services/a.ts": "// @ts-ignore\nx();" }],
    passes: [{ "test/a.test.ts": "// @ts-expect-error a missing key does not compile\nx();" }],
  },
];
