/** What is written about the code: docstrings and documents. */
import { lineAt, type Source } from "./house.ts";
import { type Node, part, parts, textOf } from "./node.ts";
import type { Finding, Rule } from "./rule.ts";

const DECLARED = /^(FunctionDeclaration|ClassDeclaration|TSInterfaceDeclaration|TSTypeAliasDeclaration)$/;
const isInferred = (node: Node): boolean => {
  const type = part(node, "typeAnnotation");
  const name = type && part(type, "typeName");
  return textOf(name && part(name, "left"), "name") === "z";
};

/** The function, class or type that a statement exports; schemas and their inferred types speak for themselves. */
function promised(statement: Node): Node | undefined {
  const declaration = statement.type === "ExportNamedDeclaration" ? part(statement, "declaration") : undefined;
  if (declaration === undefined) return undefined;
  if (DECLARED.test(declaration.type)) return isInferred(declaration) ? undefined : declaration;
  const values = parts(declaration, "declarations").map((one) => part(one, "init")?.type ?? "");
  return values.some((type) => /FunctionExpression$/.test(type)) ? declaration : undefined;
}

/** Exports without a docstring. One above a block of exports speaks for the block; one at the head of a file for its only export. */
function undocumented({ path, text, program, comments }: Source): Finding[] {
  const exported = parts(program, "body").flatMap((node) => (promised(node) === undefined ? [] : [node]));
  const head = comments[0]?.start === 0 && comments[0].block;
  if (head && exported.length === 1) return [];
  const documented = (start: number): boolean => {
    const doc = comments.find(
      ({ block, text: said, end }) =>
        block && said.startsWith("*") && text.slice(end, start).trim() === "" && end <= start,
    );
    if (doc !== undefined) return !/\n\s*\n/.test(text.slice(doc.end, start));
    const above = parts(program, "body").find(
      (node) =>
        node.end < start &&
        /^\s*\n$/.test(text.slice(node.end, start)) &&
        !text.slice(node.end, start).includes("\n\n"),
    );
    return above !== undefined && above.type === "ExportNamedDeclaration" && documented(above.start);
  };
  return exported
    .filter((node) => !documented(node.start))
    .map((node) => ({
      path,
      line: lineAt(text, node.start),
      what: text.slice(node.start, node.end).split("\n", 1)[0] ?? "",
    }));
}

/** Lines that are a first-level heading, outside of code. */
function headings(lines: readonly string[]): number[] {
  let code = false;
  return lines.flatMap((line, i) => {
    if (/^\s*(```|~~~)/.test(line)) code = !code;
    return !code && /^# /.test(line) ? [i + 1] : [];
  });
}

export const docRules: readonly Rule[] = [
  {
    name: "what services export says what it promises",
    reason: "a reader decides from the docstring whether to read on; units, errors and bounds are not in the types",
    instead: "write one sentence above the export (or at the head of a file with a single export)",
    check: ({ sources }) => sources.filter(({ path }) => path.startsWith("services/")).flatMap(undocumented),
    fires: [
      { "services/a.ts": "export function f() {}" },
      { "services/a.ts": "/** Head. */\n\nexport type A = 1;\n\nexport type B = 2;" },
      { "services/a.ts": "/** A. */\nexport type A = 1;\n\nexport const f = () => 1;" },
    ],
    passes: [
      { "services/a.ts": '/** Head. */\nimport x from "x";\n\nexport function f() {}' },
      { "services/a.ts": "/** Two ends. */\nexport type A = 1;\nexport type B = 2;\n" },
      { "services/a.ts": "export const x = z.object({});\nexport type X = z.infer<typeof x>;\nexport const n = 3;" },
      { "test/a.ts": "export function f() {}" },
    ],
  },
  {
    name: "a document has one first-level heading, at its top",
    reason: "the heading is the document's name wherever it is listed",
    instead: "begin with `# Name` and use `##` below it",
    check: ({ files }) =>
      files
        .filter(({ path }) => path.endsWith(".md"))
        .flatMap(({ path, lines }) => {
          const [first, second] = headings(lines);
          if (first !== 1) return [{ path, line: 1, what: "the first line is no first-level heading" }];
          return second === undefined ? [] : [{ path, line: second, what: "a second first-level heading" }];
        }),
    fires: [{ "docs/a.md": "## A\n" }, { "README.md": "# A\n\n# B\n" }, { "a.md": "text\n\n# A\n" }],
    passes: [{ "docs/a.md": "# A\n\n```sh\n# a comment\n```\n\n## B\n" }],
  },
];
