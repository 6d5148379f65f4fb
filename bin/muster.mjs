#!/usr/bin/env node
/**
 * Finds a Node that runs TypeScript as it is. The shebang gives whatever Node the host has; when that is too old, the
 * command starts again under the Node 24 that `npm ci` put into this project. Plain JavaScript that Node 18 can read.
 */
import { spawn } from "node:child_process";
import * as modules from "node:module";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

const NEEDED = 24;

/** Path of the project's own Node, or undefined when the packages are not installed. */
function projectNode() {
  try {
    return modules
      .createRequire(import.meta.url)
      .resolve(process.platform === "win32" ? "node/bin/node.exe" : "node/bin/node");
  } catch {
    return undefined;
  }
}

/** Runs the command line under `node` as if it were this process: same terminal, signals and exit code. */
function runUnder(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" });
  // A terminal sends Ctrl-C to both; the child decides how to end. `kill` reaches only this process, so it is passed on.
  process.on("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    process.stderr.write(`muster: cannot start ${node}: ${error.message}\nfix: run npm ci\n`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal ?? "SIGTERM"] ?? 0);
  });
}

if (Number(process.versions.node.split(".")[0]) >= NEEDED) {
  // Half of the start is stripping types and compiling; the cache keeps their outcome in the system's temporary folder.
  modules.enableCompileCache();
  await import("./cli.ts");
} else {
  const node = projectNode();
  if (node === undefined) {
    process.stderr.write(
      `muster: needs Node ${NEEDED}, this is ${process.version}\nfix: run npm ci in the project, or install Node ${NEEDED}\n`,
    );
    process.exitCode = 1;
  } else {
    runUnder(node);
  }
}
