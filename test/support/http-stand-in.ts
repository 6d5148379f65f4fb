/** A server that answers every request the same way and keeps what it was sent. */
import { createServer, type IncomingHttpHeaders } from "node:http";

export type Kept = { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: string };
export type Reply = { readonly status?: number; readonly type: string; readonly body: string | Uint8Array };

/** Starts on a free port of this machine. */
export async function httpStandIn(reply: Reply) {
  const kept: Kept[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      kept.push({ path: request.url ?? "", headers: request.headers, body: Buffer.concat(parts).toString() });
      response.writeHead(reply.status ?? 200, { "content-type": reply.type, "request-id": "req_1" });
      response.end(reply.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`,
    kept,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
