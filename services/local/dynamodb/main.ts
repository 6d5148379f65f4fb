/**
 * DynamoDB's stand-in (dynalite) as a process of its own. Prints one JSON line when it listens:
 * `{"event":"dynamodb.ready","url":"http://127.0.0.1:..."}`.
 *
 * EMULATOR_PORT and EMULATOR_DATA say where (see `emulatorSettings`). SIGTERM stops it. With `--child` it leaves SIGINT to
 * its parent, so that workers can drain into it, and ends when the parent's IPC channel or its standard input ends.
 */
import { emulatorSettings } from "../emulator/settings.ts";
import { startDynamodb } from "./server.ts";

const child = process.argv.includes("--child");
const server = await startDynamodb(emulatorSettings(process.env));
process.stdout.write(`${JSON.stringify({ event: "dynamodb.ready", url: server.url })}\n`);

let stopping = false;
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await server.close();
  process.exit(0);
}

process.on("SIGTERM", () => void stop());
process.on("SIGINT", () => {
  if (!child) void stop();
});
if (process.connected) process.on("disconnect", () => void stop());
else if (child) process.stdin.on("end", () => void stop()).resume();
