/** The API behind a real socket and behind Lambda: what neither may change, and what a client that leaves must end. */
import { once } from "node:events";
import { connect } from "node:net";
import { serve } from "@hono/node-server";
import { handle } from "hono/aws-lambda";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { problem, runView } from "../../services/contract/http.ts";
import { limits } from "../../services/contract/limits.ts";
import { eventually } from "../support/eventually.ts";
import { anApi, callers, goodRun } from "./api-fixture.ts";

const authorization = `Bearer ${callers.acme.secret}`;
const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const server of opened.splice(0)) await server[Symbol.asyncDispose]();
});

/** An API that listens; `pending` are the answers that it has begun. */
async function listening() {
  const api = await anApi();
  const pending: Promise<Response>[] = [];
  const server = serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) => {
      const answer = Promise.resolve(api.app.fetch(request));
      pending.push(answer);
      return answer;
    },
  });
  await once(server, "listening");
  opened.push({
    [Symbol.asyncDispose]: async () => {
      api.stop.abort();
      server.close();
      await once(server, "close");
    },
  });
  const { port } = z.object({ port: z.number() }).parse(server.address());
  return { ...api, pending, port, url: `http://127.0.0.1:${port}` };
}

type Listening = Awaited<ReturnType<typeof listening>>;

/** Nothing in the API waits for anything any more. */
const atRest = ({ clock }: Listening) =>
  eventually(async () => {
    await clock.advance(limits.liveEveryMs);
    expect(clock.sleeping).toBe(0);
  });

describe("behind a socket", () => {
  test("a client that hangs up ends its wait", async () => {
    const api = await listening();
    const { runId } = await api.put();
    const left = new AbortController();
    const asked = fetch(`${api.url}/v1/runs/${runId}?wait=25`, { headers: { authorization }, signal: left.signal });
    await eventually(() => expect(api.clock.sleeping).toBe(1));
    left.abort();
    await expect(asked).rejects.toThrow();
    await api.pending[0];
    await atRest(api);
  });

  test("a client that hangs up ends its stream", async () => {
    const api = await listening();
    const { runId } = await api.putRunning();
    const response = await fetch(`${api.url}/v1/runs/${runId}/events`, { headers: { authorization } });
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const reader = response.body?.getReader();
    let text = "";
    while (!text.includes("run.accepted")) text += new TextDecoder().decode((await reader?.read())?.value);
    await eventually(() => expect(api.clock.sleeping).toBe(1));
    await reader?.cancel();
    await atRest(api);
  });

  test("a body is measured while it comes in pieces, and the answer says so", async () => {
    const api = await listening();
    const socket = connect(api.port, "127.0.0.1");
    await once(socket, "connect");
    const head = ["POST /v1/runs HTTP/1.1", "Host: muster", `Authorization: ${authorization}`];
    socket.write([...head, "Content-Type: application/json", "Transfer-Encoding: chunked", "", ""].join("\r\n"));
    const piece = " ".repeat(64 * 1_024);
    for (let sent = 0; sent <= limits.bodyBytes; sent += piece.length) {
      socket.write(`${piece.length.toString(16)}\r\n${piece}\r\n`);
    }
    const [answer] = await once(socket, "data");
    expect(String(answer)).toMatch(/^HTTP\/1\.1 413 /);
    expect(String(answer)).toContain("application/problem+json");
    socket.destroy();
  });

  test("a client that leaves in the middle of its body stores nothing and is no failure", async () => {
    const api = await listening();
    const socket = connect(api.port, "127.0.0.1");
    await once(socket, "connect");
    const head = ["POST /v1/runs HTTP/1.1", "Host: muster", `Authorization: ${authorization}`];
    socket.write([...head, "Content-Type: application/json", "Content-Length: 500", "", '{"agent":'].join("\r\n"));
    await eventually(() => expect(api.pending).toHaveLength(1));
    socket.destroy();
    await api.pending[0];
    expect(api.world.events.of("store.failed")).toEqual([]);
    expect((await api.world.index.byTenant({ tenant: callers.acme.tenant, limit: 10 })).ids).toEqual([]);
  });
});

describe("behind Lambda", () => {
  /** An event as a REST API's proxy integration sends it. */
  const event = (httpMethod: string, path: string, more: object = {}) => ({
    version: "1.0",
    httpMethod,
    path,
    resource: "/{proxy+}",
    headers: { authorization, host: "muster.test", "content-type": "application/json" },
    multiValueHeaders: {},
    queryStringParameters: {},
    multiValueQueryStringParameters: {},
    pathParameters: null,
    stageVariables: null,
    body: null,
    isBase64Encoded: false,
    requestContext: { requestId: "1", stage: "prod", httpMethod, path, identity: {} },
    ...more,
  });

  async function invoke(api: Awaited<ReturnType<typeof anApi>>, given: ReturnType<typeof event>) {
    // The event is what API Gateway sends; the types of the adapter name more fields than it reads.
    const answer = await handle(api.app)(given as never);
    return z.object({ statusCode: z.number(), body: z.string() }).parse(answer);
  }

  test("a submit and a read are the same as anywhere", async () => {
    const api = await anApi();
    const submitted = await invoke(api, event("POST", "/v1/runs", { body: JSON.stringify(goodRun) }));
    expect(submitted.statusCode).toBe(202);
    const { id } = runView.parse(JSON.parse(submitted.body));
    const read = await invoke(api, event("GET", `/v1/runs/${id}`));
    expect(runView.parse(JSON.parse(read.body)).id).toBe(id);
    const refused = await invoke(
      api,
      event("GET", "/v1/runs", {
        multiValueQueryStringParameters: { limit: ["0"] },
        queryStringParameters: { limit: "0" },
      }),
    );
    expect(refused.statusCode).toBe(400);
    expect(problem.parse(JSON.parse(refused.body)).errors?.[0]?.field).toBe("limit");
  });
});
