/** A context of the command line that touches nothing. */
import type { CliContext } from "../../services/cli/context.ts";

export function cliContext(more: Partial<CliContext> = {}): CliContext {
  const silent = { isTTY: false, write: () => {} };
  return {
    env: {},
    cwd: "/nowhere",
    root: "/nowhere",
    nodeVersion: process.versions.node,
    stdin: (async function* () {})(),
    stdout: silent,
    stderr: silent,
    clock: { nowMs: () => 0, monotonicMs: () => 0, sleep: async () => {} },
    chance: { fraction: () => 0, id: () => "0000000000000000" },
    account: () => Promise.reject(new Error("no account")),
    builder: { look: async () => ({ kind: "absent", command: "docker" }) },
    signal: new AbortController().signal,
    ...more,
  };
}
