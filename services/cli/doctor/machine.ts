/** Checks of this machine: Node, packages, data folder. */
import { accessSync, constants, existsSync, readFileSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { dataFolders, keyFile, localFile } from "../connection.ts";
import type { CliContext, GlobalOptions } from "../context.ts";
import { type Finding, ok, skipped, warn, wrong } from "./finding.ts";

/** Node that runs TypeScript sources as they are, as `package.json` asks. */
const NODE_MAJOR = 24;

/** Whether this Node runs TypeScript sources as they are. */
export function checkNode(context: CliContext): Finding {
  const major = Number(context.nodeVersion.split(".")[0]);
  const says = `v${context.nodeVersion}`;
  return major >= NODE_MAJOR
    ? ok("node", says)
    : wrong("node", says, `needs ${NODE_MAJOR}: run npm ci, which brings it`);
}

const manifest = z.object({ dependencies: z.record(z.string(), z.string()) });
const installed = z.object({ version: z.string() });

/** Every dependency that `package.json` names stands in `node_modules`, in that version. */
export function checkPackages(context: CliContext): Finding {
  const read = (...parts: string[]): unknown => JSON.parse(readFileSync(join(context.root, ...parts), "utf8"));
  const wanted = Object.entries(manifest.parse(read("package.json")).dependencies);
  const bad = wanted.flatMap(([name, version]) => {
    if (!existsSync(join(context.root, "node_modules", name, "package.json"))) return [`${name} is missing`];
    const found = installed.parse(read("node_modules", name, "package.json")).version;
    return found === version ? [] : [`${name} is ${found}, not ${version}`];
  });
  return bad.length === 0
    ? ok("packages", `${wanted.length} installed`)
    : wrong("packages", bad.join(", "), "run npm ci");
}

function stat(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** Others must not read the key; the folder must be ours to write. */
export function checkData(context: CliContext, options: GlobalOptions): readonly Finding[] {
  const folders = dataFolders(context, options);
  const folder = folders.find((one) => stat(one)?.isDirectory());
  if (folder === undefined) return [skipped("data folder", `none at ${folders.join(" or ")}; npm start makes one`)];
  return [checkFolder(folder), checkKeyFile(join(folder, keyFile)), checkLocalFile(join(folder, localFile))];
}

function checkFolder(folder: string): Finding {
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return ok("data folder", folder);
  } catch {
    return wrong("data folder", `${folder} is not yours to read and write`, `chown it to you, or name another: --data`);
  }
}

function checkKeyFile(path: string): Finding {
  const mode = stat(path)?.mode;
  if (mode === undefined) return warn("key file", `no ${path}`, "npm start makes one");
  const open = (mode & 0o077).toString(8);
  return open === "0"
    ? ok("key file", "only you can read it")
    : wrong("key file", `others can read ${path}`, `chmod 600 ${path}`);
}

const checkLocalFile = (path: string): Finding =>
  stat(path) === undefined
    ? warn("local twin", `no ${path}`, "run npm start, or name another API: --url")
    : ok("local twin", `last start is described in ${path}`);
