/** Runs the real command line as a user does: another process, its streams piped. */
import { spawn } from "node:child_process";
import { join } from "node:path";

export const projectRoot = join(import.meta.dirname, "../..");

export type MusterRun = {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The last line of stdout as JSON; throws when it is none. */
  json(): Record<string, unknown>;
};

export type MusterOptions = {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
  /** Node to start `bin/muster.mjs` with. */
  readonly node?: string;
  /** Makes the command the leader of a process group, as a shell does. */
  readonly group?: boolean;
  /** Sees the process while it runs. */
  readonly whileRunning?: (child: ReturnType<typeof spawn>) => void;
};

/** Longest time of one command; the test fails then. */
const COMMAND_MS = 30_000;

/** Runs `muster` with an environment of its own, so that nothing of the developer's leaks in. */
export async function muster(args: readonly string[], options: MusterOptions = {}): Promise<MusterRun> {
  const child = spawn(options.node ?? process.execPath, [join(projectRoot, "bin/muster.mjs"), ...args], {
    cwd: options.cwd ?? projectRoot,
    env: { PATH: process.env.PATH, ...options.env },
    timeout: COMMAND_MS,
    detached: options.group === true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  child.stdin.on("error", () => {});
  child.stdin.end(options.stdin ?? "");
  options.whileRunning?.(child);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  const stdout = Buffer.concat(out).toString();
  return {
    code,
    stdout,
    stderr: Buffer.concat(err).toString(),
    json: () => JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? ""),
  };
}
