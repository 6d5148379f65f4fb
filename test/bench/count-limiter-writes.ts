/**
 * Loaded into the twin's processes before their own code (`--import`): the stand-in for DynamoDB counts the writes that it was sent
 * for the items of limit classes, refused ones too, and leaves the number in a file when it ends. Neither side knows of it.
 */
import { subscribe } from "node:diagnostics_channel";
import { writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { COUNT_FILE } from "./limiter-writes.ts";

const file = process.env[COUNT_FILE];
const key = '"pk":{"S":"LIMIT#';

if (file !== undefined && process.argv[1]?.endsWith("/dynamodb/main.ts")) {
  let writes = 0;
  subscribe("http.server.request.start", (message) => {
    const { request } = message as { readonly request: IncomingMessage };
    if (!String(request.headers["x-amz-target"]).endsWith(".UpdateItem")) return;
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.once("end", () => {
      if (Buffer.concat(chunks).includes(key)) writes++;
    });
  });
  process.once("exit", () => writeFileSync(file, String(writes)));
}
