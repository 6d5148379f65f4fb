/** `{"$file": "path"}` in an input stands for the text of that file. */
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { cliLimits } from "../bounds.ts";

const isRef = (value: object): value is { $file: string } =>
  "$file" in value && typeof value.$file === "string" && Object.keys(value).length === 1;

/** The value with every reference replaced by what `readText` gives for its path. Throws what `readText` throws. */
export function replaceRefs(value: unknown, readText: (path: string) => string, depth = 0): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth > cliLimits.refDepth) throw new Error(`nested deeper than ${cliLimits.refDepth}`);
  if (isRef(value)) return readText(value.$file);
  if (Array.isArray(value)) return value.map((part) => replaceRefs(part, readText, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, replaceRefs(part, readText, depth + 1)]));
}

/** Reads texts relative to a folder, each file once: lines that share a document share its text. */
export function textReader(folder: string): (path: string) => string {
  const texts = new Map<string, string>();
  return (path) => {
    const full = resolve(folder, path);
    const known = texts.get(full);
    if (known !== undefined) return known;
    const text = readText(full);
    texts.set(full, text);
    return text;
  };
}

function readText(path: string): string {
  try {
    const { size } = statSync(path);
    if (size > cliLimits.refBytes) throw new Error(`${size} bytes; a request holds ${cliLimits.refBytes}`);
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new Error(`$file ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
