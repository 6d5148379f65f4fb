/** The published document: well formed, complete, and true of what the API really answers. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { problems } from "../../services/api/problem.ts";
import { routes } from "../../services/api/routes/all.ts";
import { anApi, goodRun } from "./api-fixture.ts";

const json = z.record(z.string(), z.unknown());
const media = z.object({ schema: json, example: z.unknown().optional() });
const parameter = z.object({
  name: z.string(),
  in: z.enum(["path", "query", "header"]),
  required: z.boolean(),
  schema: json,
});
const operation = z.object({
  operationId: z.string(),
  summary: z.string().min(1),
  parameters: z.array(parameter),
  requestBody: z.object({ required: z.literal(true), content: z.record(z.string(), media) }).optional(),
  responses: z.record(
    z.string().regex(/^[1-5]\d\d$/),
    z.object({ description: z.string().min(1), content: z.record(z.string(), media).optional() }),
  ),
});
const openApi = z.object({
  openapi: z.literal("3.1.0"),
  info: z.object({ title: z.string(), version: z.string() }),
  paths: z.record(z.string().startsWith("/"), z.partialRecord(z.enum(["get", "post", "put", "delete"]), operation)),
  components: z.object({ schemas: z.record(z.string().regex(/^[\w.-]+$/), json), securitySchemes: json }),
});

async function aDocument() {
  const api = await anApi();
  const text = await (await api.ask("GET", "/openapi.json", { as: null })).text();
  return { api, text, document: openApi.parse(JSON.parse(text)) };
}

/** A checker made from the document alone: its schema with the components put beside it. */
function checkerOf(document: z.infer<typeof openApi>, schema: Record<string, unknown>): z.ZodType {
  const text = JSON.stringify({ ...schema, $defs: document.components.schemas });
  return z.fromJSONSchema(JSON.parse(text.replaceAll("#/components/schemas/", "#/$defs/")));
}

type Operation = z.infer<typeof operation>;
const operationsOf = (document: z.infer<typeof openApi>): [string, string, Operation][] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, found]) =>
      found === undefined ? [] : [[method, path, found] as [string, string, Operation]],
    ),
  );

describe("the document", () => {
  test("refers only to schemas that are in it, and each is used", async () => {
    const { text, document } = await aDocument();
    const named = Object.keys(document.components.schemas);
    const used = [...text.matchAll(/"\$ref":"([^"]*)"/g)].map((match) =>
      match[1]?.replace("#/components/schemas/", ""),
    );
    expect([...new Set(used)].toSorted()).toEqual(named.toSorted());
    for (const [id, schema] of Object.entries(document.components.schemas)) {
      expect(() => checkerOf(document, schema), id).not.toThrow();
    }
  });

  test("lists exactly the routes that answer, with names of their own", async () => {
    const { api, document } = await aDocument();
    const listed = operationsOf(document).map(([method, path]) => `${method.toUpperCase()} ${path}`);
    expect(listed.toSorted()).toEqual(routes.map((route) => `${route.method} ${route.path}`).toSorted());
    expect(new Set(operationsOf(document).map(([, , found]) => found.operationId)).size).toBe(listed.length);
    for (const path of Object.keys(document.paths)) {
      for (const method of ["GET", "POST", "DELETE", "PUT", "PATCH"]) {
        const { status } = await api.ask(method, path.replace("{id}", "x"), { as: null });
        expect(status === 405, `${method} ${path}: ${status}`).toBe(!listed.includes(`${method} ${path}`));
        expect(status).not.toBe(404);
      }
    }
  });

  test("names each parameter of a path, and each field of a query or header that is read", async () => {
    const { document } = await aDocument();
    for (const [, path, { parameters }] of operationsOf(document)) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      expect(parameters.filter((one) => one.in === "path").map((one) => one.name)).toEqual(inPath);
    }
    const of = (path: string, method: "get" | "post") =>
      document.paths[path]?.[method]?.parameters.map((one) => `${one.in} ${one.name}${one.required ? "!" : ""}`);
    expect(of("/v1/runs/{id}", "get")).toEqual(["path id!", "query wait", "header if-none-match"]);
    expect(of("/v1/runs", "post")).toEqual(["header idempotency-key"]);
    expect(of("/v1/runs", "get")?.toSorted()).toEqual(
      ["agent", "cursor", "ids", "limit", "state", "tenant", "wait"].map((name) => `query ${name}`),
    );
  });

  test("shows examples that are what it says they are", async () => {
    const { document } = await aDocument();
    let examples = 0;
    for (const [, path, { responses }] of operationsOf(document)) {
      for (const { content } of Object.values(responses)) {
        const shown = content?.["application/json"];
        if (shown?.example === undefined) continue;
        examples += 1;
        const checked = checkerOf(document, shown.schema).safeParse(shown.example);
        expect(checked.error?.issues ?? [], path).toEqual([]);
      }
    }
    expect(examples).toBeGreaterThanOrEqual(11);
    for (const route of routes) {
      for (const { schema, example } of Object.values(route.answers)) {
        if (example !== undefined) expect(schema?.safeParse(example).success).toBe(true);
      }
    }
  });

  test("says of each refusal which codes it can have, and knows every code", async () => {
    const { document } = await aDocument();
    const said = operationsOf(document).flatMap(([, , { responses }]) =>
      Object.entries(responses).flatMap(([status, { description }]) =>
        [...description.matchAll(/`([a-z-]+)`:/g)].map((match) => `${status} ${match[1]}`),
      ),
    );
    const unbound = ["not-found", "method-not-allowed"];
    const known = Object.entries(problems).filter(([code]) => !unbound.includes(code));
    expect([...new Set(said)].toSorted()).toEqual(known.map(([code, { status }]) => `${status} ${code}`).toSorted());
  });
});

describe("what the API answers is what the document says", () => {
  /** Asks, and checks the body with the schema that the published document has for this answer. */
  async function check(
    method: "GET" | "POST" | "PUT" | "DELETE",
    template: string,
    path: string,
    options: object = {},
  ) {
    const { api, document } = await aDocument();
    const head = await api.putRunning();
    await api.commit(head.runId, { output: { answer: "Tides." } }, true);
    const response = await api.ask(method, path.replace("RUN", head.runId), options);
    const name = z.enum(["get", "post", "put", "delete"]).parse(method.toLowerCase());
    const content = document.paths[template]?.[name]?.responses[response.status]?.content;
    const type = response.headers.get("content-type") ?? "";
    const schema = content?.[type]?.schema;
    expect(schema, `${method} ${template} ${response.status} ${type}`).toBeDefined();
    const body = await response.json();
    expect(checkerOf(document, schema ?? {}).safeParse(body).error?.issues ?? []).toEqual([]);
    expect(checkerOf(document, schema ?? {}).safeParse({ not: "that" }).success).toBe(false);
    return response.status;
  }

  test.each([
    ["POST", "/v1/runs", "/v1/runs", { body: goodRun }, 202],
    ["POST", "/v1/runs", "/v1/runs", { body: { runs: [goodRun, goodRun] } }, 202],
    ["POST", "/v1/runs", "/v1/runs", { body: {} }, 400],
    ["POST", "/v1/runs", "/v1/runs", { body: { ...goodRun, agent: "poet" } }, 422],
    ["POST", "/v1/runs", "/v1/runs", { body: goodRun, as: null }, 401],
    ["GET", "/v1/runs", "/v1/runs", {}, 200],
    ["GET", "/v1/runs", "/v1/runs?ids=RUN", {}, 200],
    ["GET", "/v1/runs/{id}", "/v1/runs/RUN", {}, 200],
    ["GET", "/v1/runs/{id}", "/v1/runs/RUN", { as: "rival" }, 404],
    ["GET", "/v1/runs/{id}/turns", "/v1/runs/RUN/turns", {}, 200],
    ["POST", "/v1/runs/{id}/cancel", "/v1/runs/RUN/cancel", {}, 200],
    ["GET", "/v1/agents", "/v1/agents", {}, 200],
    ["GET", "/v1/fleet", "/v1/fleet", { as: "operator" }, 200],
    ["GET", "/v1/fleet", "/v1/fleet", {}, 403],
    ["POST", "/v1/keys", "/v1/keys", { as: "operator", body: { tenant: "acme", role: "tenant", name: "x" } }, 201],
    ["GET", "/v1/keys", "/v1/keys", { as: "operator" }, 200],
    ["DELETE", "/v1/keys/{id}", "/v1/keys/key_0", { as: "operator" }, 404],
    ["GET", "/healthz", "/healthz", { as: null }, 200],
  ] as const)("%s %s (%s, %j): %i", async (method, template, path, options, status) => {
    expect(await check(method, template, path, options)).toBe(status);
  });
});
