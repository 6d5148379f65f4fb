/** The files of the repository, read once; TypeScript ones come parsed. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { parseSync } from "rolldown/utils";
import { isNode, type Node, walk } from "./node.ts";
import type { Fixture } from "./rule.ts";

/** A text file; paths are relative to the repository, with forward slashes. */
export type TextFile = { readonly path: string; readonly text: string; readonly lines: readonly string[] };

/** A comment and where it stands, in characters. */
export type Comment = { readonly text: string; readonly block: boolean; readonly start: number; readonly end: number };

/** A node and what it is in; undefined for the program. */
type Visited = { readonly node: Node; readonly parent: Node | undefined };

/** A TypeScript file. `nodes`: all of its tree, parents first, walked once for all rules. */
export type Source = TextFile & {
  readonly program: Node;
  readonly nodes: readonly Visited[];
  readonly comments: readonly Comment[];
};

export type House = { readonly files: readonly TextFile[]; readonly sources: readonly Source[] };

/** Folders and files that are not ours to tidy: made by tools, or taken over as they are. */
const SKIPPED = new Set(["node_modules", "cdk.out", "coverage", ".git", ".muster", "package-lock.json"]);
const TEXT = /(\.(ts|mjs|js|json|jsonl|md|txt|html|css|yml|yaml|sh)|^LICENSE|^NOTICE|^\.gitignore|^\.npmrc|^run)$/;

function parse(file: TextFile): Source {
  const { program, comments, errors } = parseSync(file.path, file.text);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${file.path}: ${error.message}`);
  if (!isNode(program)) throw new Error(`${file.path}: the parser gave no program`);
  const kept = comments.map(({ type, value, start, end }) => ({ text: value, block: type === "Block", start, end }));
  const nodes: Visited[] = [];
  walk(program, (node, parent) => nodes.push({ node, parent }));
  return { ...file, program, nodes, comments: kept };
}

/** A house of these files. Throws when a source does not parse. */
export function houseOf(fixture: Fixture): House {
  const files = Object.entries(fixture).map(([path, text]) => ({ path, text, lines: text.split("\n") }));
  return { files, sources: files.filter(({ path }) => path.endsWith(".ts")).map(parse) };
}

/** Reads every text file below a folder. */
export function readHouse(root: string): House {
  const found: Record<string, string> = {};
  const visit = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (SKIPPED.has(entry.name)) continue;
      if (entry.isDirectory()) visit(path);
      else if (TEXT.test(entry.name)) found[relative(root, path).split(sep).join("/")] = readFileSync(path, "utf8");
    }
  };
  visit(root);
  return houseOf(found);
}

/** Number of the line that holds a character. */
export const lineAt = (text: string, offset: number): number => text.slice(0, offset).split("\n").length;
