import { subscribe } from "node:diagnostics_channel";
import type { Server } from "node:http";
import { startFauxqs } from "fauxqs";
import { connections, type EmulatorSettings, type RunningEmulator } from "../emulator/settings.ts";
import { type Fastify, giveBackToGoneClients } from "./give-back.ts";
import { mendDatabase } from "./mend-database.ts";

type ListenOptions = { readonly port: number; readonly host: string; readonly backlog?: number };
type FastifyLike = Fastify & { readonly server: Server; listen(options: ListenOptions): Promise<string> };

const isFastify = (value: unknown): value is { fastify: FastifyLike } =>
  typeof value === "object" && value !== null && "fastify" in value;

/**
 * fauxqs listens on every interface and has no option for it. Its web framework announces each server on a diagnostics
 * channel before it listens; there it is bound to this machine, told how to hold connections, and taught to notice clients
 * that are gone.
 */
function adjustServer(): void {
  subscribe("fastify.initialization", (message) => {
    if (!isFastify(message)) return;
    const { fastify } = message;
    const listen = fastify.listen.bind(fastify);
    giveBackToGoneClients(fastify);
    fastify.server.keepAliveTimeout = connections.keepAliveMs;
    fastify.listen = (options) => listen({ ...options, host: "127.0.0.1", backlog: connections.backlog });
  });
}

/**
 * Starts the stand-in of SQS and S3 on 127.0.0.1. The queue URLs that it answers name a host that few machines resolve, and
 * the port of the day on which the queue was made. Only their path counts: clients need an explicit endpoint, which wins
 * over the URL. Call it once in a process.
 */
export async function startQueue({ port, dataDir, region }: EmulatorSettings): Promise<RunningEmulator> {
  adjustServer();
  if (dataDir !== undefined) mendDatabase(dataDir);
  const server = await startFauxqs({
    port,
    // Not undefined, which would mean the environment's FAUXQS_HOST.
    host: "",
    logger: false,
    defaultRegion: region,
    ...(dataDir === undefined ? {} : { dataDir }),
  });
  return { url: `http://127.0.0.1:${server.port}`, close: () => server.stop() };
}
