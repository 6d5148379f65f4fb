import { type EmulatorSettings, emulatorSettings, type RunningEmulator } from "./settings.ts";

/** What an embedded server needs of the process that it is. */
export type EmulatorProcess = Pick<NodeJS.Process, "argv" | "env" | "stdout" | "stdin" | "connected" | "on" | "exit">;

/** The server to be: its name in the ready line, and how it starts. */
export type Emulator = { readonly name: string; start(settings: EmulatorSettings): Promise<RunningEmulator> };

/**
 * Serves as a process of its own. Prints one JSON line when it listens: `{"event":"<name>.ready","url":"http://127.0.0.1:..."}`.
 *
 * EMULATOR_PORT and EMULATOR_DATA say where (see `emulatorSettings`). SIGTERM stops it. With `--child` it leaves SIGINT to
 * its parent, so that workers can drain into it, and ends when the parent's IPC channel or its standard input ends.
 */
export async function serveEmulator(self: EmulatorProcess, { name, start }: Emulator): Promise<void> {
  const child = self.argv.includes("--child");
  const server = await start(emulatorSettings(self.env));
  self.stdout.write(`${JSON.stringify({ event: `${name}.ready`, url: server.url })}\n`);

  let stopping = false;
  async function stop(): Promise<void> {
    if (stopping) return;
    stopping = true;
    await server.close();
    self.exit(0);
  }

  self.on("SIGTERM", () => void stop());
  self.on("SIGINT", () => {
    if (!child) void stop();
  });
  if (self.connected) self.on("disconnect", () => void stop());
  else if (child) self.stdin.on("end", () => void stop()).resume();
}
