/** What is written above what services export. */
import { lineAt, type Source } from "./house.ts";
import { type Node, part, parts, textOf } from "./node.ts";
import type { Finding, Rule } from "./rule.ts";

/** Derived types (`z.infer`, `keyof typeof`) say what they are by what they are derived from. */
function isDerived(declaration: Node): boolean {
  const type = part(declaration, "typeAnnotation");
  if (type === undefined) return false;
  const qualifier = textOf(part(part(type, "typeName") ?? type, "left"), "name");
  return qualifier === "z" || /^(TSTypeOperator|TSIndexedAccessType|TSTypeQuery)$/.test(type.type);
}

/** What kind of promise a statement exports: something that does, a type, or nothing that needs words. */
function promise(statement: Node): "doer" | "type" | undefined {
  const declaration = statement.type === "ExportNamedDeclaration" ? part(statement, "declaration") : undefined;
  if (declaration === undefined) return undefined;
  if (/^(Function|Class)Declaration$/.test(declaration.type)) return "doer";
  if (/^TS(Interface|TypeAlias)Declaration$/.test(declaration.type)) return isDerived(declaration) ? undefined : "type";
  const values = parts(declaration, "declarations").map((one) => part(one, "init")?.type ?? "");
  return values.some((type) => /FunctionExpression$/.test(type)) ? "doer" : undefined;
}

/** Whether the head of the file speaks for all of it: one function or class with the types that it deals in, or one type. */
function headSpeaks({ program, comments }: Source): boolean {
  const [first] = comments;
  const promises = parts(program, "body").flatMap((node) => promise(node) ?? []);
  const doers = promises.filter((kind) => kind === "doer").length;
  return first?.start === 0 && first.block && (doers === 1 || (doers === 0 && promises.length === 1));
}

/** Whether a statement has a docstring right above it, or stands right below an export that is covered. */
function covered(source: Source, statement: Node): boolean {
  const { text, program, comments } = source;
  const near = (end: number): boolean =>
    end <= statement.start && /^[ \t]*\r?\n?$/.test(text.slice(end, statement.start));
  if (comments.some(({ block, text: said, end }) => block && said.startsWith("*") && near(end))) return true;
  const above = parts(program, "body").find(({ end }) => near(end));
  return above?.type === "ExportNamedDeclaration" && covered(source, above);
}

function undocumented(source: Source): Finding[] {
  if (headSpeaks(source)) return [];
  const { path, text, program } = source;
  return parts(program, "body")
    .filter((statement) => promise(statement) !== undefined && !covered(source, statement))
    .map(({ start, end }) => ({
      path,
      line: lineAt(text, start),
      what: text.slice(start, end).split("\n", 1).join(""),
    }));
}

export const docstringRules: readonly Rule[] = [
  {
    name: "what services export says what it promises",
    reason: "a reader decides from the docstring whether to read on; units, errors and bounds are not in the types",
    instead: "write one sentence above the export or at the head of a file with a single idea",
    check: ({ sources }) => sources.filter(({ path }) => path.startsWith("services/")).flatMap(undocumented),
    fires: [
      { "services/a.ts": "export function f() {}" },
      { "services/a.ts": "/** Head. */\n\nexport type A = 1;\n\nexport type B = 2;" },
      { "services/a.ts": "/** Head. */\n\nexport const f = () => 1;\n\nexport const g = () => 2;" },
      { "services/a.ts": "/** A. */\n\nexport const f = () => 1;\nexport class C {}" },
    ],
    passes: [
      { "services/a.ts": '/** Head. */\nimport x from "x";\n\nexport function f() {}' },
      { "services/a.ts": "/** Head. */\nexport type Options = { a: 1 };\n\nexport class C {}" },
      { "services/a.ts": "/** Two ends. */\nexport type A = 1;\nexport type B = 2;\n" },
      { "services/a.ts": "export const x = z.object({});\nexport type X = z.infer<typeof x>;\nexport const n = 3;" },
      { "test/a.ts": "export function f() {}" },
    ],
  },
];
