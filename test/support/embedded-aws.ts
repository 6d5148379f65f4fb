/** Embedded servers that speak the wire protocols of DynamoDB, SQS and S3, in memory, on free ports of this machine. */
import { once } from "node:events";
import { Server } from "node:http";
import { createRequire } from "node:module";
import { startFauxqs } from "fauxqs";
import type { AwsAddresses } from "./aws-deployment.ts";

const HOST = "127.0.0.1";

/** Starts dynalite and fauxqs in this process. */
export async function embeddedAws(): Promise<AwsAddresses & { stop(): Promise<void> }> {
  const dynamodb = await startDynalite();
  const faux = await startFauxqs({ port: 0, host: HOST, logger: false });
  const aws = `http://${HOST}:${faux.port}`;
  return {
    endpoints: { dynamodb: `http://${HOST}:${dynamodb.port}`, sqs: aws, s3: aws },
    async stop() {
      await Promise.all([dynamodb.stop(), faux.stop()]);
    },
  };
}

async function startDynalite(): Promise<{ port: number; stop(): Promise<void> }> {
  // The package has no types; what comes out of it is checked instead.
  const dynalite: unknown = createRequire(import.meta.url)("dynalite");
  const server: unknown = typeof dynalite === "function" ? dynalite({ createTableMs: 0 }) : undefined;
  if (!(server instanceof Server)) throw new Error("dynalite made no HTTP server");
  server.listen(0, HOST);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("dynalite listens on no port");
  const stop = () => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { port: address.port, stop };
}
