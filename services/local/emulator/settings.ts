/** What an embedded server is told by its parent. */
export interface EmulatorSettings {
  /** Port on 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  /** Folder of the data; without one everything is held in memory and gone at the end. */
  readonly dataDir: string | undefined;
  /** Region of resources whose caller names none. */
  readonly region: string;
}

/**
 * Reads EMULATOR_PORT (default 0), EMULATOR_DATA (default: memory) and AWS_REGION (default us-east-1). Written by hand:
 * the schema library would cost these small processes a third of their start.
 */
export function emulatorSettings(env: Readonly<Record<string, string | undefined>>): EmulatorSettings {
  const text = env.EMULATOR_PORT ?? "0";
  const port = Number(text);
  if (text.trim() === "" || !Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`EMULATOR_PORT: ${JSON.stringify(text)} is not a port`);
  return { port, dataDir: env.EMULATOR_DATA || undefined, region: env.AWS_REGION || "us-east-1" };
}

/** A server that listens; `close` ends open calls, writes what is pending and resolves. */
export interface RunningEmulator {
  readonly url: string;
  close(): Promise<void>;
}

/** How the servers hold connections, in milliseconds and in waiting connections. */
export const connections = {
  /** An idle connection stays open for longer than any client leaves one unused between two calls of a busy system. */
  keepAliveMs: 120_000,
  /** Connections that wait to be accepted, when thousands of clients start at once. */
  backlog: 4_096,
} as const;
