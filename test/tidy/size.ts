/** How large things may grow. */
import { findNodes } from "./find.ts";
import { children, type Node, part, parts } from "./node.ts";
import { isProduct, isTest } from "./places.ts";
import type { Rule } from "./rule.ts";

const MAX = { fileLines: 300, medianLines: 100, functionLines: 70, parameters: 3 } as const;

const repeated = (line: string, times: number): string => `${line}\n`.repeat(times);
const length = (lines: readonly string[]): number => lines.length - (lines.at(-1) === "" ? 1 : 0);

const isFunction = (node: Node): boolean =>
  /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type);

const span = (text: string, { start, end }: Node): number => text.slice(start, end).split("\n").length;

/**
 * Lines of a function, without those of the named functions and methods inside it: each of them is counted by itself.
 * A function that makes an object with methods is a class, and a class is bounded by its file.
 */
function ownLines(text: string, node: Node): number {
  let inner = 0;
  const visit = (child: Node, parent: Node): void => {
    const named = child.type === "FunctionDeclaration" || /^(Property|VariableDeclarator)$/.test(parent.type);
    if (named && isFunction(child)) inner += span(text, child) - 1;
    else for (const next of children(child)) visit(next, child);
  };
  for (const child of children(node)) visit(child, node);
  return span(text, node) - inner;
}

/** The functions that a statement exports by name: a declaration, or constants. */
function exportedBy(statement: Node): Node[] {
  const declaration = statement.type === "ExportNamedDeclaration" ? part(statement, "declaration") : undefined;
  if (declaration?.type === "FunctionDeclaration") return [declaration];
  const values = declaration === undefined ? [] : parts(declaration, "declarations").map((one) => part(one, "init"));
  return values.flatMap((value) => (value !== undefined && isFunction(value) ? [value] : []));
}

export const sizeRules: readonly Rule[] = [
  {
    name: `no source file over ${MAX.fileLines} lines`,
    reason: "a file that does not fit into a head is where readers get lost",
    instead: "give each idea a file of its own, named after it",
    check: ({ sources }) =>
      sources
        .filter(({ lines }) => length(lines) > MAX.fileLines)
        .map(({ path, lines }) => ({ path, line: MAX.fileLines, what: `${length(lines)} lines` })),
    fires: [{ "services/a.ts": repeated("// a line", MAX.fileLines + 1) }],
    passes: [{ "services/a.ts": repeated("// a line", MAX.fileLines) }],
  },
  {
    name: `the median source file has at most ${MAX.medianLines} lines`,
    reason: "small files are the habit that keeps the house readable; the limit alone would be where all files end",
    instead: "look at the longest files and take an idea out of each",
    check: ({ sources }) => {
      const sizes = sources
        .filter(({ path }) => isProduct(path))
        .map(({ path, lines }) => ({ path, lines: length(lines) }))
        .sort((a, b) => a.lines - b.lines);
      const middle = sizes[Math.floor((sizes.length - 1) / 2)];
      if (middle === undefined || middle.lines <= MAX.medianLines) return [];
      return [{ path: middle.path, line: 1, what: `the median is ${middle.lines} lines` }];
    },
    fires: [{ "services/a.ts": repeated("// a", 101), "services/b.ts": repeated("// b", 102), "lib/c.ts": "// c" }],
    passes: [{ "services/a.ts": repeated("// a", 100), "services/b.ts": repeated("// b", 299), "lib/c.ts": "// c" }],
  },
  {
    name: `no function over ${MAX.functionLines} lines`,
    reason: "control flow that needs scrolling hides its cases",
    instead: "keep the flow in one function and move its pure parts into named ones",
    check: (house) =>
      findNodes(
        house,
        (path) => !isTest(path),
        (node, _, { text }) => {
          if (!isFunction(node)) return undefined;
          const lines = ownLines(text, node);
          return lines > MAX.functionLines ? `${lines} lines` : undefined;
        },
      ),
    fires: [
      { "services/a.ts": `export function f() {\n${repeated("go();", 69)}}` },
      { "services/a.ts": `const f = () => {\n  list.map((x) => {\n${repeated("go();", 69)}});\n}` },
      { "services/a.ts": `const make = () => ({\n  go: () => {\n${repeated("go();", 69)}} });` },
      { "services/a.ts": `const make = () => ({\n  async go() {\n${repeated("go();", 69)}} });` },
    ],
    passes: [
      { "services/a.ts": `export function f() {\n${repeated("go();", 68)}}` },
      {
        "services/a.ts": `function make() {\n  function a() {\n${repeated("go();", 50)}}\n  function b() {\n${repeated("go();", 50)}}\n}`,
      },
      { "test/a.test.ts": `test("a", () => {\n${repeated("go();", 90)}});` },
    ],
  },
  {
    name: `exported functions take at most ${MAX.parameters} positional parameters`,
    reason: "the fourth argument is a guess at every call",
    instead: "take one object whose fields have names and units",
    check: (house) =>
      findNodes(
        house,
        (path) => !isTest(path),
        (node) => {
          const most = Math.max(0, ...exportedBy(node).map((one) => parts(one, "params").length));
          return most > MAX.parameters ? `${most} parameters` : undefined;
        },
      ),
    fires: [
      { "services/a.ts": "export function f(a: A, b: B, c: C, d: D) {}" },
      { "services/a.ts": "export const f = async (a: A, b: B, c: C, d: D) => {};" },
    ],
    passes: [{ "services/a.ts": "export function f(a: A, b: B, c: C) {} function g(a: A, b: B, c: C, d: D) {}" }],
  },
];
