/** The OpenAPI 3.1 document, made from the routes and the schemas that check their requests and describe their answers. */
import type { z } from "zod";
import { componentsOf, type Named, schemaOf } from "./openapi-schemas.ts";
import { type ProblemCode, problems } from "./problem.ts";
import type { Reader } from "./reader.ts";
import type { Answer, Route } from "./route.ts";

type Json = { readonly [key: string]: unknown };

/** Codes that follow from what a route takes. */
function refusalsOf(route: Route): readonly ProblemCode[] {
  const takes = (reader: Reader<unknown>) => reader.schemas.length > 0;
  return [
    ...(route.access === "public" ? [] : (["invalid-request", "unauthenticated", "internal", "unavailable"] as const)),
    ...(route.access === "operator" ? (["forbidden"] as const) : []),
    ...(takes(route.body) ? (["malformed-json", "body-too-large", "unsupported-media-type"] as const) : []),
    ...route.refusals,
  ];
}

/** Answers with problem documents: one for each status, naming its codes. */
function refusedAnswers(route: Route, named: Named): Json {
  const byStatus = Map.groupBy(new Set(refusalsOf(route)), (code) => problems[code].status);
  const schema = named.problem;
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\`: ${problems[code].title}`).join("; "),
        content: { "application/problem+json": { schema } },
      },
    ]),
  );
}

function answerOf(answer: Answer, named: Named): Json {
  const { what, schema, example, headers, also, media = "application/json" } = answer;
  const headerDocs = Object.entries(headers ?? {}).map(([name, description]) => [
    name,
    { description, schema: { type: "string" } },
  ]);
  return {
    description: what,
    ...(headers === undefined ? {} : { headers: Object.fromEntries(headerDocs) }),
    ...(schema === undefined
      ? {}
      : {
          content: {
            [media]: { schema: named.of(schema), ...(example === undefined ? {} : { example }) },
            ...(also === undefined ? {} : { [also.media]: { schema: schemaOf(also.schema), example: also.example } }),
          },
        }),
  };
}

type Field = { readonly name: string; readonly schema: z.ZodType; readonly optional: boolean };

/** Fields of the object schemas of a reader; one that only some forms have is optional. */
function fieldsOf(reader: Reader<unknown>): readonly Field[] {
  const shapes = reader.schemas.flatMap((schema) => ("shape" in schema.def ? [schema.def.shape] : []));
  const fields = new Map<string, Field>();
  for (const shape of shapes as readonly Record<string, z.ZodType>[]) {
    for (const [name, schema] of Object.entries(shape)) {
      const optional = schema.safeParse(undefined).success || shapes.length > 1;
      fields.set(name, { name, schema, optional });
    }
  }
  return [...fields.values()];
}

const parametersOf = (reader: Reader<unknown>, where: "path" | "query" | "header"): readonly Json[] =>
  fieldsOf(reader).map(({ name, schema, optional }) => {
    const { description, ...rest } = schemaOf(schema);
    return { name, in: where, required: !optional, ...(description ? { description } : {}), schema: rest };
  });

function operationOf(route: Route, named: Named): Json {
  const bodies = route.body.schemas.map((schema) => named.of(schema));
  const answers = Object.entries(route.answers).map(([status, answer]) => [status, answerOf(answer, named)]);
  return {
    operationId: route.operation,
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    ...(route.access === "public" ? { security: [] } : {}),
    ...(route.access === "operator" ? { "x-role": "operator" } : {}),
    parameters: [
      ...parametersOf(route.params, "path"),
      ...parametersOf(route.query, "query"),
      ...parametersOf(route.headers, "header"),
    ],
    ...(bodies.length === 0
      ? {}
      : {
          requestBody: {
            required: true,
            content: { "application/json": { schema: bodies.length === 1 ? bodies[0] : { oneOf: bodies } } },
          },
        }),
    responses: { ...Object.fromEntries(answers), ...refusedAnswers(route, named) },
  };
}

/** The document of a list of routes. */
export function openApi(routes: readonly Route[]): Json {
  const { named, schemas } = componentsOf(routes);
  const paths = Map.groupBy(routes, (route) => route.path);
  return {
    openapi: "3.1.0",
    info: {
      title: "Muster",
      version: "1",
      description: "Submit agent runs, follow them, and see the fleet. Refusals are RFC 9457 problem documents.",
    },
    security: [{ apiKey: [] }],
    paths: Object.fromEntries(
      [...paths].map(([path, own]) => [
        path,
        Object.fromEntries(own.map((route) => [route.method.toLowerCase(), operationOf(route, named)])),
      ]),
    ),
    components: {
      securitySchemes: { apiKey: { type: "http", scheme: "bearer", description: "An API key: mk_..." } },
      schemas,
    },
  };
}
