/**
 * An API that speaks the contract over node:http, for tests of its clients. Runs do nothing: each ends after it was asked
 * for `asksUntilEnd` times, and a fault can be put before the next requests.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { RunState } from "../../services/contract/failures.ts";
import { type RunView, runView, submitBatch, waitQuery } from "../../services/contract/http.ts";
import { tenantId } from "../../services/contract/ids.ts";
import { batchKey, runIdOf } from "../../services/core/identity.ts";
import { isEnded } from "../../services/core/lifecycle.ts";

/** Instead of an answer: a status, or a broken connection before or after the request took effect. */
export type Fault =
  | { readonly kind: "status"; readonly status: number; readonly headers?: Record<string, string> }
  | { readonly kind: "cut-before" }
  | { readonly kind: "cut-after" };

/** One connection to an event stream: what is sent, then whether the connection breaks. */
export type StreamScript = { readonly text: string; readonly cut: boolean };

export type Call = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
};

export const fakeKey = "mk_test";
const tenant = tenantId.parse("acme");

/** A run as the contract shows it. */
export function fakeRun(id: string, more: Partial<RunView> = {}): RunView {
  const at = "2026-10-01T09:00:00.000Z";
  return runView.parse({
    id,
    tenant,
    agent: "echo",
    lane: "normal",
    state: "QUEUED",
    turns: 0,
    createdAt: at,
    deadlineAt: "2026-10-02T09:00:00.000Z",
    cancelRequested: false,
    usage: { inputTokens: 10, outputTokens: 5, cacheWrite5mTokens: 0, cacheWrite1hTokens: 0, cacheReadTokens: 0 },
    cost: { budgetMicroUsd: 1_000_000, spentMicroUsd: 0, reservedMicroUsd: 0, possibleMicroUsd: 0 },
    failures: 0,
    interruptions: 0,
    rateLimitWaits: 0,
    turnsInDoubt: 0,
    ...more,
  });
}

const ended = (run: RunView, state: RunState): RunView => ({
  ...run,
  state,
  turns: 1,
  endedAt: "2026-10-01T09:00:03.000Z",
  reason: state === "SUCCEEDED" ? "completed" : "agent-error",
  cost: { ...run.cost, spentMicroUsd: 250 },
  ...(state === "SUCCEEDED" ? { output: { echo: run.id } } : {}),
});

const refusal = (status: number, code: string, errors?: { field: string; message: string }[]) => ({
  status,
  body: {
    type: `urn:muster:problem:${code}`,
    title: code,
    status,
    detail: `refused: ${code}`,
    code,
    ...(errors && { errors }),
  },
});
type Reply = { readonly status: number; readonly body: unknown; readonly headers?: Record<string, string> };

export class FakeApi {
  readonly calls: Call[] = [];
  readonly runs = new Map<string, RunView>();
  readonly faults: Fault[] = [];
  readonly streams: StreamScript[] = [];
  /** Answers of calls by filter, in order; nothing was found once they are used up. */
  readonly many: object[] = [];
  asksUntilEnd = 1;
  /** End state by the number of the run in order of acceptance; SUCCEEDED where it says nothing. */
  endState: (n: number) => RunState = () => "SUCCEEDED";
  /** Refuses a batch; undefined takes it. */
  refuse: (runs: readonly { input: unknown }[]) => { field: string; message: string }[] | undefined = () => undefined;
  /** Answers by method and path, such as `GET /v1/budgets`; they go before all others. */
  readonly answers = new Map<string, Reply>();
  fleet: Reply = { status: 403, body: refusal(403, "forbidden").body };
  readonly #asks = new Map<string, number>();
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = "", url = "", headers } = request;
    const call = { method, path: url, headers, body: Buffer.concat(chunks).toString() };
    this.calls.push(call);
    const fault = this.faults.shift();
    if (fault?.kind === "cut-before") return void request.socket.destroy();
    if (fault?.kind === "status") return void response.writeHead(fault.status, fault.headers).end("busy");
    if (/\/events$/.test(url)) return this.#stream(response);
    const reply = this.#reply(call);
    if (fault?.kind === "cut-after") return void request.socket.destroy();
    response.writeHead(reply.status, { "content-type": "application/json", ...reply.headers });
    response.end(JSON.stringify(reply.body));
  }

  #stream(response: ServerResponse): void {
    const script = this.streams.shift();
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(script?.text ?? "", () => {
      if (script?.cut === true) response.destroy();
      else response.end();
    });
  }

  #reply({ method, path, headers, body }: Call): Reply {
    const url = new URL(path, "http://fake");
    if (url.pathname === "/healthz") return { status: 200, body: { status: "ok" } };
    if (headers.authorization !== `Bearer ${fakeKey}`) return refusal(401, "unauthenticated");
    const answer = this.answers.get(`${method} ${url.pathname}`);
    if (answer !== undefined) return answer;
    if (url.pathname === "/v1/fleet") return this.fleet;
    if (url.pathname === "/v1/runs") return method === "POST" ? this.#submit(headers, body) : this.#list(url);
    const many = /^\/v1\/runs\/(cancel|redrive)$/.exec(url.pathname);
    if (many !== null) return { status: 200, body: this.many.shift() ?? { changed: 0, passed: 0, left: [] } };
    const [, id = "", cancel] = /^\/v1\/runs\/([^/]+)(\/cancel|\/redrive)?$/.exec(url.pathname) ?? [];
    const run = this.runs.get(id);
    if (run === undefined) return refusal(404, "run-not-found");
    if (cancel === "/redrive") {
      if (run.state !== "DEAD") return refusal(409, "not-redrivable");
      return { status: 202, body: { ...run, state: "QUEUED" } };
    }
    if (cancel === undefined || isEnded(run.state)) return { status: 200, body: run };
    const cancelled = ended({ ...run, cancelRequested: true }, "CANCELLED");
    this.runs.set(id, cancelled);
    return { status: 202, body: cancelled };
  }

  #submit(headers: Call["headers"], body: string): Reply {
    const { runs } = submitBatch.parse(JSON.parse(body));
    const errors = this.refuse(runs);
    if (errors !== undefined) return refusal(422, "invalid-input", errors);
    const key = String(headers["idempotency-key"]);
    const views = runs.map((run, i) => {
      const id = runIdOf(tenant, batchKey(key, i));
      const known = this.runs.get(id) ?? fakeRun(id, { agent: run.agent, lane: run.lane });
      this.runs.set(id, known);
      return known;
    });
    return { status: 202, body: { runs: views } };
  }

  #list(url: URL): Reply {
    const given = Object.fromEntries(url.searchParams);
    if (given.ids === undefined) return { status: 200, body: { runs: [...this.runs.values()] } };
    const { ids } = waitQuery.parse(given);
    return { status: 200, body: { runs: ids.map((id) => this.#ask(id)) } };
  }

  #ask(id: string): RunView {
    const run = this.runs.get(id) ?? fakeRun(id);
    const asks = (this.#asks.get(id) ?? 0) + 1;
    this.#asks.set(id, asks);
    const next =
      asks < this.asksUntilEnd
        ? { ...run, state: "RUNNING" as const }
        : ended(run, this.endState([...this.runs.keys()].indexOf(id)));
    this.runs.set(id, next);
    return next;
  }
}
