/** Which file may import which: one way through the house, and each foreign package behind one door. */
import { posix } from "node:path";
import { findNodes } from "./find.ts";
import { type House, lineAt, type Source } from "./house.ts";
import { type Node, part, textOf } from "./node.ts";
import { isEntry, layerOf } from "./places.ts";
import type { Rule } from "./rule.ts";

/** What each layer may import of the house, besides itself. A layer that is not here may not be imported by a new one. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  core: ["contract"],
  ports: ["contract", "core"],
  "adapters/aws": ["contract", "core", "ports"],
  "adapters/model": ["contract", "core", "ports"],
  "adapters/memory": ["contract", "core", "ports"],
  "adapters/system": ["contract", "core", "ports"],
  agents: ["contract", "core"],
  api: ["contract", "core", "ports"],
  worker: ["contract", "core", "ports"],
  controller: ["contract", "core", "ports"],
  planner: ["contract", "core", "ports"],
  local: ["contract", "core", "ports", "adapters/aws", "adapters/system", "api"],
  cli: ["contract", "core", "ports", "planner"],
  console: ["contract"],
  lib: ["contract"],
  bin: ["contract", "lib", "cli"],
};
const ADAPTERS = ["adapters/aws", "adapters/model", "adapters/memory", "adapters/system"];

/** Which layers may import a foreign package; a trailing `*` stands for the rest of a name. */
const DOORS: Readonly<Record<string, readonly string[]>> = {
  zod: [
    "contract",
    "core",
    "ports",
    ...ADAPTERS,
    "agents",
    "api",
    "worker",
    "controller",
    "planner",
    "local",
    "cli",
    "lib",
  ],
  "@aws-sdk/*": ["adapters/aws"],
  "@smithy/*": ["adapters/aws"],
  "@anthropic-ai/sdk": ["adapters/model"],
  "@anthropic-ai/aws-sdk": ["adapters/model"],
  "@anthropic-ai/bedrock-sdk": ["adapters/model"],
  hono: ["api", "adapters/system", "local"],
  "@hono/node-server": ["api", "adapters/system", "local"],
  "eventsource-parser": ["adapters/model", "cli"],
  commander: ["cli", "local", "bin"],
  "csv-parse": ["planner"],
  echarts: ["planner"],
  "pure-rand": ["planner"],
  dynalite: ["local"],
  fauxqs: ["local"],
  "aws-cdk-lib": ["lib", "bin"],
  constructs: ["lib", "bin"],
  "cdk-nag": ["lib"],
  esbuild: ["lib"],
};

export type Import = { readonly from: Source; readonly node: Node; readonly name: string };

const found = new WeakMap<Source, readonly Import[]>();

/** Every static and dynamic import, and every re-export, of a source; looked for once. */
export function importsOf(from: Source): readonly Import[] {
  const imports = found.get(from) ?? findImports(from);
  found.set(from, imports);
  return imports;
}

function findImports(from: Source): Import[] {
  return from.nodes.flatMap(({ node }) => {
    if (!/^(Import|Export(Named|All)Declaration)/.test(node.type)) return [];
    const name = textOf(part(node, "source"), "value");
    return name === undefined ? [] : [{ from, node, name }];
  });
}

const isRelative = (name: string): boolean => name.startsWith(".");
const target = ({ from, name }: Import): string => posix.join(posix.dirname(from.path), name);
const packageOf = (name: string): string =>
  name
    .split("/")
    .slice(0, name.startsWith("@") ? 2 : 1)
    .join("/");

const check = (house: House, wrong: (used: Import) => string | undefined) =>
  house.sources.flatMap(importsOf).flatMap((used) => {
    const what = wrong(used);
    return what === undefined ? [] : [{ path: used.from.path, line: lineAt(used.from.text, used.node.start), what }];
  });

function wrongWay(used: Import): string | undefined {
  const from = layerOf(used.from.path);
  const to = layerOf(target(used));
  if (!isRelative(used.name) || from === undefined || to === undefined || from === to || from === "test")
    return undefined;
  const opened = isEntry(used.from.path) && from !== "lib" ? [...ADAPTERS, "ports", "core", "contract"] : [];
  if ((MAY_IMPORT[from] ?? []).includes(to) || opened.includes(to)) return undefined;
  return `${from} imports ${to} (${used.name})`;
}

function wrongDoor(used: Import): string | undefined {
  const from = layerOf(used.from.path);
  if (isRelative(used.name) || from === undefined || from === "test") return undefined;
  if (used.name.startsWith("node:")) {
    const pure = from === "contract" || from === "core" || from === "ports" || from === "agents";
    return pure && !(from === "core" && used.name === "node:crypto") ? `${from} imports ${used.name}` : undefined;
  }
  const name = packageOf(used.name);
  const door = Object.entries(DOORS).find(([key]) =>
    key.endsWith("*") ? name.startsWith(key.slice(0, -1)) : name === key,
  );
  if (door === undefined) return `${name} has no door: name the layers that may import it in test/tidy/imports.ts`;
  return door[1].includes(from) ? undefined : `${from} imports ${name}, which belongs to ${door[1].join(", ")}`;
}

/** Imports of the product that lead back to the file that they stand in, types included. */
function circles(house: House) {
  const edges = new Map<string, Import[]>();
  for (const source of house.sources) {
    if (layerOf(source.path) === "test") continue;
    edges.set(
      source.path,
      importsOf(source).filter(({ name }) => isRelative(name)),
    );
  }
  // Who imports nothing that may be in a circle is in none: most of the house goes this way.
  const isClear = (imports: readonly Import[]) => imports.every((one) => !edges.has(target(one)));
  for (let before = -1; before !== edges.size; ) {
    before = edges.size;
    for (const [path, imports] of edges) if (isClear(imports)) edges.delete(path);
  }
  const leadsTo = (from: string, goal: string): boolean => {
    const seen = new Set<string>();
    const ahead = [from];
    for (let path = ahead.pop(); path !== undefined; path = ahead.pop()) {
      if (path === goal) return true;
      if (seen.has(path)) continue;
      seen.add(path);
      ahead.push(...(edges.get(path) ?? []).map(target));
    }
    return false;
  };
  return check(house, (used) =>
    edges.has(used.from.path) && isRelative(used.name) && leadsTo(target(used), used.from.path)
      ? `${used.name} leads back here`
      : undefined,
  );
}

export const importRules: readonly Rule[] = [
  {
    name: "imports run one way",
    reason: "a decision that imports an adapter can no longer be read, tested or simulated without it",
    instead: "take what you need as a port (services/ports) and let an entry (main.ts, handler.ts, bin) hand it in",
    check: (house) => check(house, wrongWay),
    fires: [
      { "services/core/retry.ts": 'import { x } from "../adapters/aws/x.ts";' },
      { "services/adapters/aws/a.ts": 'import { m } from "../memory/m.ts";' },
      { "services/worker/loop.ts": 'const { x } = await import("../adapters/aws/x.ts");' },
      { "services/api/app.ts": 'export * from "../../lib/stacks/state.ts";' },
      { "lib/stacks/state.ts": 'import { handler } from "../../services/api/handler.ts";' },
    ],
    passes: [
      { "services/worker/main.ts": 'import { x } from "../adapters/aws/x.ts";' },
      { "services/core/retry.ts": 'import { limits } from "../contract/limits.ts";' },
      { "test/unit/a.test.ts": 'import { x } from "../../services/adapters/aws/x.ts";' },
    ],
  },
  {
    name: "each package has its door",
    reason: "a foreign package that is imported everywhere cannot be replaced, faked or upgraded in one place",
    instead: "use the port whose adapter owns the package, or open a door in test/tidy/imports.ts with a reason",
    check: (house) => check(house, wrongDoor),
    fires: [
      { "services/worker/loop.ts": 'import { SQSClient } from "@aws-sdk/client-sqs";' },
      { "services/core/a.ts": 'import { readFileSync } from "node:fs";' },
      { "services/api/app.ts": 'import { Stack } from "aws-cdk-lib";' },
      { "services/cli/a.ts": 'import leftpad from "leftpad";' },
    ],
    passes: [
      { "services/adapters/aws/queue.ts": 'import { SQSClient } from "@aws-sdk/client-sqs";' },
      { "services/core/digest.ts": 'import { createHash } from "node:crypto";' },
    ],
  },
  {
    name: "relative imports name a file that exists",
    reason: "Node runs the sources as they are, and it guesses neither endings nor index files",
    instead: "write the whole name of the file, with .ts",
    check: (house) => {
      const paths = new Set(house.files.map(({ path }) => path));
      return findNodes(
        house,
        () => true,
        (node, _, source) => {
          const name = textOf(part(node, "source"), "value");
          if (name === undefined || !isRelative(name)) return undefined;
          if (!/\.(ts|json)$/.test(name)) return `"${name}" has no .ts ending`;
          return paths.has(posix.join(posix.dirname(source.path), name)) ? undefined : `"${name}" does not exist`;
        },
      );
    },
    fires: [
      { "services/a.ts": 'import { b } from "./b";', "services/b.ts": "" },
      { "services/a.ts": 'export { b } from "./c.ts";' },
    ],
    passes: [{ "services/a.ts": 'import type { B } from "./b.ts";', "services/b.ts": "export type B = 1;" }],
  },
  {
    name: "no imports in circles",
    reason: "files that import each other can only be read, moved and tested together",
    instead: "move what both need, often a type, into a file of its own",
    check: circles,
    fires: [
      { "services/a.ts": 'import { b } from "./b.ts";', "services/b.ts": 'import type { A } from "./a.ts";' },
      {
        "services/a.ts": 'import { b } from "./b.ts";',
        "services/b.ts": 'import { c } from "./c.ts";',
        "services/c.ts": 'export { a } from "./a.ts";',
      },
    ],
    passes: [
      {
        "services/a.ts": 'import { c } from "./c.ts"; import { b } from "./b.ts";',
        "services/b.ts": 'import { c } from "./c.ts";',
        "services/c.ts": "export const c = 1;",
      },
    ],
  },
];
