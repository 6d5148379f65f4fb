/** Files that nothing leads to. */
import { posix } from "node:path";
import type { Source } from "./house.ts";
import { importsOf } from "./imports.ts";
import { textOf } from "./node.ts";
import { isEntry, isProduct, isTest } from "./places.ts";
import type { Rule } from "./rule.ts";

/** Found by their place, not by an import: entries, agents (by folder), tests, type declarations, settings of tools. */
const isRoot = (path: string): boolean =>
  isEntry(path) ||
  isTest(path) ||
  path.endsWith(".d.ts") ||
  /^services\/agents\/[^/]+\.ts$/.test(path) ||
  !path.includes("/");

/** Products for tests: the memory adapters are used by suites and simulations, never by an entry. */
const forTests = (path: string): boolean => path.startsWith("services/adapters/memory/") || path.startsWith("test/");

/** Paths that a source names: imports, and programs that it starts by the path of their file. */
function named(source: Source): string[] {
  const relative = importsOf(source).map(({ name }) => name);
  for (const { node } of source.nodes) {
    const text = node.type === "Literal" ? textOf(node, "value") : undefined;
    if (text !== undefined && /^[\w./-]+\.(ts|mjs)$/.test(text)) relative.push(text);
  }
  const folder = posix.dirname(source.path);
  return relative.flatMap((name) => [posix.join(folder, name), posix.normalize(name)]);
}

/** Everything that is reached from these sources, by what each names. */
function reached(names: ReadonlyMap<string, readonly string[]>, from: readonly Source[]): Set<string> {
  const seen = new Set(from.map(({ path }) => path));
  // A set hears of what is added while it is gone through.
  for (const path of seen) for (const next of names.get(path) ?? []) if (names.has(next)) seen.add(next);
  return seen;
}

export const reachRules: readonly Rule[] = [
  {
    name: "every source file is used",
    reason:
      "a file that no program reaches is read, kept and mended for nothing; one that only tests reach is dead too",
    instead: "call it from the program that needs it, or take it out",
    check: (house) => {
      const roots = house.sources.filter(({ path }) => isRoot(path));
      const names = new Map(house.sources.map((source) => [source.path, named(source)]));
      const byPrograms = reached(
        names,
        roots.filter(({ path }) => !isTest(path)),
      );
      const byAnything = reached(names, roots);
      return house.sources
        .filter(({ path }) => isProduct(path) || path.startsWith("test/"))
        .filter(({ path }) => !(forTests(path) ? byAnything : byPrograms).has(path))
        .map(({ path }) => ({ path, line: 1, what: "nothing leads here" }));
    },
    fires: [
      { "services/core/a.ts": "export const a = 1;" },
      { "services/core/a.ts": "", "test/a.test.ts": 'import "../services/core/a.ts";' },
      { "test/support/a.ts": "" },
    ],
    passes: [
      {
        "services/api/main.ts": 'import "./app.ts";',
        "services/api/app.ts": 'import "../core/a.ts";',
        "services/core/a.ts": "",
      },
      { "services/local/main.ts": 'fork(new URL("./child.ts", import.meta.url));', "services/local/child.ts": "" },
      {
        "services/agents/mine.ts": "",
        "services/adapters/memory/m.ts": "",
        "test/m.test.ts": 'import "../services/adapters/memory/m.ts";',
      },
    ],
  },
];
