/** The stub as an HTTP server. Importing this does nothing; `startStub` listens. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { batchRequest } from "./batches.ts";
import { control } from "./control.ts";
import { answerCall, type Call, commonHeaders, countTokens, openCall, parseBody, refuseCall } from "./messages.ts";
import { MODEL_IDS } from "./models.ts";
import { errorBody, errorTypeOf, Refusal } from "./refusal.ts";
import { makeState, type StubOptions, type StubState } from "./state.ts";

/** Largest request body, as at the API. */
export const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** Connections that may wait to be accepted. */
const BACKLOG = 16_384;

/** Milliseconds that an idle connection is kept. */
const KEEP_ALIVE_MS = 600_000;

/** A running stub. */
export interface RunningStub {
  /** Base URL for a client, without a slash at the end. */
  readonly url: string;
  readonly state: StubState;
  /** Stops listening and destroys every connection. */
  close(): Promise<void>;
}

function sendJson(res: ServerResponse, status: number, body: string, headers: Record<string, string>): void {
  const length = String(Buffer.byteLength(body));
  res.writeHead(status, { "content-type": "application/json", "content-length": length, ...headers });
  res.end(body);
}

function sendRefusal(
  res: ServerResponse,
  error: unknown,
  requestId: string,
  headers: Record<string, string> = {},
): number {
  const refusal = error instanceof Refusal ? error : new Refusal(500, `Internal error of the stub: ${String(error)}`);
  if (res.destroyed || res.headersSent) return refusal.status;
  const { status, message, errorCode, retryAfterS } = refusal;
  const retry: Record<string, string> = retryAfterS === undefined ? {} : { "retry-after": String(retryAfterS) };
  const body = errorBody({ type: errorTypeOf(status), message, requestId, errorCode });
  sendJson(res, status, body, { ...commonHeaders(requestId), ...headers, ...retry });
  return status;
}

/** Collects a body and hands it over as text; bodies that break off or are too large never arrive. */
function readBody(req: IncomingMessage, done: (body: string) => void, tooLarge: () => void): void {
  const parts: Buffer[] = [];
  let bytes = 0;
  req.on("data", (part: Buffer) => {
    bytes += part.length;
    if (bytes <= MAX_BODY_BYTES) parts.push(part);
    else parts.length = 0;
  });
  req.on("end", () => {
    const [only] = parts;
    const text =
      parts.length === 1 && only !== undefined ? only.toString("utf8") : Buffer.concat(parts).toString("utf8");
    // A slow answer keeps its request alive, and with it whatever these listeners hold.
    parts.length = 0;
    if (bytes > MAX_BODY_BYTES) tooLarge();
    else done(text);
  });
}

function authorize(req: IncomingMessage): void {
  const bearer = req.headers.authorization?.startsWith("Bearer ") === true && req.headers.authorization.length > 7;
  const key = req.headers["x-api-key"];
  if (!bearer && (typeof key !== "string" || key === "")) throw new Refusal(401, "x-api-key header is required");
  if (req.headers["anthropic-version"] === undefined) throw new Refusal(400, "anthropic-version: header is required");
}

function onMessages(state: StubState, req: IncomingMessage, res: ServerResponse, id: string): void {
  const arrivedAt = state.clock.now();
  const attempt = (act: (call: Call) => void): void => {
    const call = openCall(state, { req, res, arrivedAt, requestId: id });
    try {
      act(call);
    } catch (error) {
      const limits = call.modelClass === undefined ? {} : state.limits.headers(call.modelClass, arrivedAt);
      refuseCall(state, call, sendRefusal(res, error, id, limits));
    }
  };
  readBody(
    req,
    (body) =>
      attempt((call) => {
        authorize(req);
        answerCall(state, call, parseBody(body));
      }),
    () =>
      attempt(() => {
        throw new Refusal(413, `Request exceeds the maximum size of ${MAX_BODY_BYTES} bytes`);
      }),
  );
}

function models(): string {
  const data = MODEL_IDS.map((id) => ({ type: "model", id, display_name: id, created_at: "2026-10-07T00:00:00Z" }));
  return JSON.stringify({ data, has_more: false, first_id: MODEL_IDS[0] ?? null, last_id: MODEL_IDS.at(-1) ?? null });
}

function onOther(state: StubState, req: IncomingMessage, res: ServerResponse, url: URL, id: string): void {
  const method = req.method ?? "GET";
  const base = `http://${req.headers.host ?? "stub"}`;
  const answer = (body: string): string | undefined => {
    if (url.pathname.startsWith("/_stub/")) return JSON.stringify(control(state, { method, url, body }));
    authorize(req);
    const batch = batchRequest(state, { method, url, base, body: () => parseBody(body) });
    if (batch !== undefined) return batch === "lost" ? undefined : batch.text;
    if (method === "POST" && url.pathname === "/v1/messages/count_tokens") return countTokens(parseBody(body));
    if (method === "GET" && url.pathname === "/v1/models") return models();
    throw new Refusal(404, `Not found: ${method} ${url.pathname}`);
  };
  readBody(
    req,
    (body) => {
      try {
        const text = answer(body);
        if (text === undefined) res.destroy();
        else sendJson(res, 200, text, commonHeaders(id));
      } catch (error) {
        sendRefusal(res, error, id);
      }
    },
    () => sendRefusal(res, new Refusal(413, "Request too large"), id),
  );
}

/** Serves one request. */
export function serve(state: StubState, req: IncomingMessage, res: ServerResponse): void {
  const id = state.nextId("req");
  const path = req.url ?? "/";
  // The SDK may add a query string (?beta=true); the hot path is recognised without parsing a URL.
  if (req.method === "POST" && (path === "/v1/messages" || path.startsWith("/v1/messages?"))) {
    onMessages(state, req, res, id);
    return;
  }
  onOther(state, req, res, new URL(path, "http://stub"), id);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host: "127.0.0.1", backlog: BACKLOG }, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

/** Starts a stub on 127.0.0.1; port 0 takes a free one. */
export async function startStub(
  options: StubOptions & { port?: number; state?: StubState } = {},
): Promise<RunningStub> {
  const state = options.state ?? makeState(options);
  const server = createServer((req, res) => serve(state, req, res));
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.maxRequestsPerSocket = 0;
  const port = await listen(server, options.port ?? 0);
  return {
    url: `http://127.0.0.1:${port}`,
    state,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        state.timers.clear();
      }),
  };
}
