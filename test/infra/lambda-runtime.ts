/**
 * What Lambda's runtime does with a function, as a program of its own: `lambda-runtime.ts <module> <export>`. Copied beside a bundle
 * and run there by Node alone. Each line on stdin is a call, each `ANSWER` line on stdout what became of it.
 */
import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";

type Call = { readonly event: unknown; readonly remainingMs: number; readonly isStreamed: boolean };
type Context = { readonly awsRequestId: string; getRemainingTimeInMillis(): number };
type Stream = PassThrough & { metadata?: unknown };

Object.assign(globalThis, {
  awslambda: {
    streamifyResponse: (handler: unknown) => handler,
    HttpResponseStream: {
      from: (stream: Stream, metadata: unknown) => {
        stream.metadata = metadata;
        return stream;
      },
    },
  },
});

async function streamed(handler: Handler, event: unknown, context: Context) {
  const stream: Stream = new PassThrough();
  let body = "";
  stream.on("data", (part: Buffer) => {
    body += part.toString();
  });
  const ended = new Promise((resolve) => stream.once("end", resolve));
  await handler(event, stream, context);
  await ended;
  return { metadata: stream.metadata, body };
}

type Handler = (event: unknown, ...rest: unknown[]) => Promise<unknown>;
const [path = "", name = ""] = process.argv.slice(2);
const module: Record<string, Handler | undefined> = await import(new URL(path, import.meta.url).href);
const handler = module[name];
if (handler === undefined) throw new Error(`${path} exports no ${name}`);
process.stdout.write("ANSWER ready\n");
for await (const line of createInterface({ input: process.stdin })) {
  const { event, remainingMs, isStreamed }: Call = JSON.parse(line);
  const untilMs = performance.now() + remainingMs;
  const context = { awsRequestId: "0", getRemainingTimeInMillis: () => Math.max(0, untilMs - performance.now()) };
  try {
    const returned = isStreamed ? await streamed(handler, event, context) : await handler(event, context);
    process.stdout.write(`\nANSWER ${JSON.stringify({ returned })}\n`);
  } catch (error) {
    process.stdout.write(`\nANSWER ${JSON.stringify({ thrown: String(error) })}\n`);
  }
}
