/**
 * HTTP for the Anthropic SDK over `node:http`: a streamed answer costs less than half the CPU and memory of the runtime's
 * `fetch`, and ten thousand of them are open at once here. The SDK still makes the request and reads errors; the bytes of a
 * streamed answer are read from the socket's own stream.
 */
import { Agent, type IncomingMessage, request as plainRequest } from "node:http";
import { Agent as TlsAgent, request as tlsRequest } from "node:https";

/** What the SDK may use as its `fetch`, and the bytes of a successful answer. */
export type Transport = {
  readonly fetch: typeof fetch;
  /** The body of an answer that this `fetch` gave with a status of 2xx; to be read once. */
  bodyOf(response: Response): IncomingMessage | undefined;
};

/** Idle connections are kept shorter than a server keeps them, or calls meet a closing one. */
const IDLE_MS = 4_000;

const pool = { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY, scheduling: "lifo", timeout: IDLE_MS } as const;

async function textOf(message: IncomingMessage): Promise<string> {
  message.setEncoding("utf8");
  let text = "";
  for await (const part of message) text += part;
  return text;
}

function headersOf(message: IncomingMessage): Headers {
  const headers = new Headers();
  for (let i = 0; i + 1 < message.rawHeaders.length; i += 2) {
    headers.append(message.rawHeaders[i] ?? "", message.rawHeaders[i + 1] ?? "");
  }
  return headers;
}

const isOk = (status: number): boolean => status >= 200 && status < 300;

/** Connections of one process to the API, as many as there are calls. */
export function httpTransport(): Transport {
  const bodies = new WeakMap<Response, IncomingMessage>();
  const agent = new Agent(pool);
  const tlsAgent = new TlsAgent(pool);

  function send(url: URL, init: RequestInit): Promise<IncomingMessage> {
    const options = { method: init.method ?? "GET", headers: Object.fromEntries(new Headers(init.headers)) };
    const tls = url.protocol === "https:";
    const call = tls ? tlsRequest(url, { ...options, agent: tlsAgent }) : plainRequest(url, { ...options, agent });
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const abort = () => call.destroy(Object.assign(new Error("aborted"), { name: "AbortError" }));
    init.signal?.addEventListener("abort", abort, { once: true });
    call.once("close", () => init.signal?.removeEventListener("abort", abort));
    call.once("error", reject);
    call.once("response", resolve);
    call.setTimeout(0);
    if (typeof init.body === "string" || init.body instanceof Uint8Array) call.end(init.body);
    else call.end();
    if (init.signal?.aborted === true) abort();
    return promise;
  }

  return {
    fetch: async (input, init = {}) => {
      const message = await send(new URL(input instanceof Request ? input.url : input), init);
      const status = message.statusCode ?? 500;
      const head = { status, headers: headersOf(message) };
      if (!isOk(status)) return new Response(await textOf(message), head);
      const response = new Response(null, head);
      bodies.set(response, message);
      return response;
    },
    bodyOf: (response) => bodies.get(response),
  };
}
