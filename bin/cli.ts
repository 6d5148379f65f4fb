/** Entry of the command line: gives `services/cli` this process. `muster.mjs` starts it under a Node that can run it. */
import { setMaxListeners } from "node:events";
import { dirname } from "node:path";
import { systemChance } from "../services/adapters/system/chance.ts";
import { systemClock } from "../services/adapters/system/clock.ts";
import { dockerBuilder } from "../services/adapters/system/docker.ts";
import { exitCode } from "../services/cli/failure.ts";
import { runCli } from "../services/cli/program.ts";

const stop = new AbortController();
setMaxListeners(0, stop.signal);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(exitCode.interrupted);
    stop.abort();
  });
}
// A reader that goes away (`muster list | head`) ends the command quietly, as it ends other tools.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(exitCode.brokenPipe);
    throw error;
  });
}

const writer = (stream: NodeJS.WriteStream) => ({
  isTTY: stream.isTTY === true,
  get columns() {
    return stream.columns;
  },
  write: (text: string) => void stream.write(text),
});

process.exitCode = await runCli(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  root: dirname(import.meta.dirname),
  nodeVersion: process.versions.node,
  stdin: process.stdin,
  stdout: writer(process.stdout),
  stderr: writer(process.stderr),
  clock: systemClock,
  chance: systemChance,
  account: async () => {
    const { awsAccount } = await import("../services/adapters/aws/account.ts");
    return awsAccount({ clock: systemClock, chance: systemChance });
  },
  // The CDK's own setting for who builds images.
  builder: dockerBuilder(process.env.CDK_DOCKER ?? "docker"),
  signal: stop.signal,
});
