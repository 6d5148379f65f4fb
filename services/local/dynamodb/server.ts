import { mkdir } from "node:fs/promises";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import dynalite from "dynalite";
import { connections, type EmulatorSettings, type RunningEmulator } from "../emulator/settings.ts";

/**
 * dynalite throws from the `error` event of a request, so one client that dies while it sends would end the server. Its
 * listeners are attached when it is called; the throwing one is taken off again and the call is dropped instead.
 */
function surviveBrokenRequests(server: Server): void {
  const handlers = server.listeners("request");
  server.removeAllListeners("request");
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    for (const handle of handlers) handle.call(server, request, response);
    request.removeAllListeners("error");
    request.on("error", () => response.destroy());
  });
}

/** Starts DynamoDB's stand-in on 127.0.0.1. Tables are there as soon as they are created. */
export async function startDynamodb({ port, dataDir }: EmulatorSettings): Promise<RunningEmulator> {
  if (dataDir !== undefined) await mkdir(dataDir, { recursive: true });
  const server = dynalite({
    createTableMs: 0,
    deleteTableMs: 0,
    updateTableMs: 0,
    ...(dataDir === undefined ? {} : { path: dataDir }),
  });
  surviveBrokenRequests(server);
  server.keepAliveTimeout = connections.keepAliveMs;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host: "127.0.0.1", backlog: connections.backlog }, resolve);
  });
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${taken}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}
