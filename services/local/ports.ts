/** Ports on 127.0.0.1. */
import { createServer } from "node:net";
import { bounds } from "./bounds.ts";

/** Listens for a moment; undefined when the port is taken or not allowed. Port 0 takes a free one. */
function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : undefined));
    });
  });
}

/** A free port that the system chose. */
export async function freePort(): Promise<number> {
  const port = await tryPort(0);
  if (port === undefined) throw new Error("there is no free port on 127.0.0.1");
  return port;
}

/** `port` or the next free one above it, at most `bounds.portTries` on. */
export async function portFrom(port: number): Promise<number> {
  for (let tried = port; tried < port + bounds.portTries && tried <= 65_535; tried++) {
    if ((await tryPort(tried)) !== undefined) return tried;
  }
  throw new Error(`the ports ${port} to ${port + bounds.portTries - 1} are all taken; choose one with --port`);
}

/** Whether a port can be had. */
export const isFree = async (port: number): Promise<boolean> => (await tryPort(port)) !== undefined;
