import { Agent, type ClientRequest, type IncomingMessage, request as plainRequest } from "node:http";
import { Agent as TlsAgent, request as tlsRequest } from "node:https";

/** What the SDK hands to a request handler, as far as the JSON protocols use it. */
export interface OutgoingRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: string | Uint8Array;
}

/** An answer whose body has been read; the SDK takes bytes as well as a stream. */
export interface CollectedResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/** Options of one call, as given to `client.send(command, options)`. */
export interface CallOptions {
  readonly abortSignal?: AbortSignal;
  /** Silence that ends the call, instead of the handler's own `requestTimeoutMs`. */
  readonly requestTimeout?: number;
}

/** Bounds of a handler's connections. */
export interface JsonHandlerOptions {
  /** Connections to one host; further calls wait for a free one. */
  readonly maxSockets: number;
  /** Longest time to open a connection, in milliseconds. */
  readonly connectionTimeoutMs: number;
  /** Longest silence of a connection after the request was written, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** How long an unused connection is kept, in milliseconds; below the server's own time, or calls meet a closing one. */
  readonly idleMs: number;
}

/** A request handler of an SDK client. */
export interface JsonHandler {
  handle(request: OutgoingRequest, options?: CallOptions): Promise<{ response: CollectedResponse }>;
  destroy(): void;
  httpHandlerConfigs(): object;
  updateHttpClientConfig(): void;
}

/** The SDK retries errors of this name, whatever their text. */
const named = (name: "TimeoutError" | "AbortError", text: string): Error => Object.assign(new Error(text), { name });

/** Header values as the SDK wants them: one text for each name. */
function textHeaders(from: IncomingMessage["headers"]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name in from) {
    const value = from[name];
    if (value !== undefined) headers[name] = typeof value === "string" ? value : value.join(", ");
  }
  return headers;
}

/** Gives up on a connection that is not open in time; a reused connection is open already. */
function limitConnecting(call: ClientRequest, limitMs: number, requestTimeoutMs: number): void {
  call.once("socket", (socket) => {
    if (!socket.connecting) return;
    socket.setTimeout(limitMs);
    socket.once("connect", () => socket.setTimeout(requestTimeoutMs));
  });
}

/**
 * Request handler for the services that speak small JSON documents (DynamoDB, SQS), a third cheaper in CPU than the SDK's
 * own: it reads the whole answer and keeps one idle timer of the socket instead of four timers a call. Not for S3: bodies
 * are held in memory. Connections are kept open and the most recent one is used first, so that idle ones close.
 */
export function jsonHandler(options: JsonHandlerOptions): JsonHandler {
  const { maxSockets, connectionTimeoutMs, requestTimeoutMs, idleMs } = options;
  const pool = { keepAlive: true, maxSockets, scheduling: "lifo", timeout: idleMs } as const;
  const agent = new Agent(pool);
  const tlsAgent = new TlsAgent(pool);

  function open(request: OutgoingRequest, timeoutMs: number): ClientRequest {
    const { protocol, hostname, port, method, path, headers } = request;
    const tls = protocol === "https:";
    const target = { host: hostname, port, method, path, headers, timeout: timeoutMs };
    return tls ? tlsRequest({ ...target, agent: tlsAgent }) : plainRequest({ ...target, agent });
  }

  return {
    handle: (request, { abortSignal, requestTimeout = requestTimeoutMs } = {}) =>
      new Promise((resolve, reject) => {
        if (abortSignal?.aborted) return reject(named("AbortError", "Request aborted"));
        const call = open(request, requestTimeout);
        limitConnecting(call, connectionTimeoutMs, requestTimeout);
        call.once("timeout", () => call.destroy(named("TimeoutError", `no answer from ${request.hostname} in time`)));
        call.once("error", reject);
        call.once("response", (answer) => {
          const parts: Buffer[] = [];
          answer.on("data", (part: Buffer) => parts.push(part));
          answer.once("error", reject);
          answer.once("end", () => {
            const [first] = parts;
            const body = parts.length === 1 && first !== undefined ? first : Buffer.concat(parts);
            resolve({ response: { statusCode: answer.statusCode ?? 0, headers: textHeaders(answer.headers), body } });
          });
        });
        if (abortSignal !== undefined) {
          const abort = () => call.destroy(named("AbortError", "Request aborted"));
          abortSignal.addEventListener("abort", abort, { once: true });
          call.once("close", () => abortSignal.removeEventListener("abort", abort));
        }
        call.end(request.body);
      }),
    destroy: () => {
      agent.destroy();
      tlsAgent.destroy();
    },
    httpHandlerConfigs: () => ({}),
    updateHttpClientConfig: () => undefined,
  };
}
