/** JSON schemas of the document: each schema of a body or an answer once, under a name, referring to each other by it. */
import { z } from "zod";
import * as http from "../contract/http.ts";
import type { Route } from "./route.ts";

type Json = { readonly [key: string]: unknown };

const AT = "#/components/schemas/";
/** Where zod puts what several schemas share (the recursive JSON value). */
const SHARED = `${AT}__shared#/$defs/`;

/** Schemas whose names are part of the contract; others are named after their operation. */
const contractNames = new Map<z.ZodType, string>([
  [http.submitRun, "SubmitRun"],
  [http.submitBatch, "SubmitBatch"],
  [http.runView, "Run"],
  [http.runList, "RunList"],
  [http.redriveRun, "RedriveRun"],
  [http.redriveMany, "RedriveMany"],
  [http.cancelMany, "CancelMany"],
  [http.bulkResult, "BulkResult"],
  [http.turnView, "Turn"],
  [http.turnList, "TurnList"],
  [http.agentView, "Agent"],
  [http.agentList, "AgentList"],
  [http.fleetView, "Fleet"],
  [http.createKey, "CreateKey"],
  [http.keyView, "Key"],
  [http.createdKey, "CreatedKey"],
  [http.keyList, "KeyList"],
  [http.problem, "Problem"],
]);

/** References to the named schemas. */
export type Named = { of(schema: z.ZodType): Json; readonly problem: Json };

/** A schema on its own, for a parameter. */
export function schemaOf(schema: z.ZodType): Json & { readonly description?: string | undefined } {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return rest;
}

function namesOf(routes: readonly Route[]): ReadonlyMap<z.ZodType, string> {
  const names = new Map(contractNames);
  for (const { operation, body, answers } of routes) {
    const answered = Object.entries(answers).flatMap(([status, { schema }]) => (schema ? [{ status, schema }] : []));
    for (const { status, schema } of answered) if (!names.has(schema)) names.set(schema, `${operation}${status}`);
    for (const schema of body.schemas) if (!names.has(schema)) names.set(schema, `${operation}Body`);
  }
  return names;
}

/** A copy without the keywords that only stand-alone schemas have. */
const withoutIdentity = ({ $schema: _, $id: __, ...rest }: Json): Json => rest;

/** All schemas of bodies and answers, and how to refer to them. */
export function componentsOf(routes: readonly Route[]): { readonly named: Named; readonly schemas: Json } {
  const names = namesOf(routes);
  const registry = z.registry<{ id: string }>();
  for (const [schema, id] of names) registry.add(schema, { id });
  const made = z.toJSONSchema(registry, { io: "input", uri: (id) => `${AT}${id}` });
  const text = JSON.stringify(made.schemas).replaceAll(SHARED, `${AT}shared.`);
  const { __shared, ...own } = z.record(z.string(), z.looseObject({})).parse(JSON.parse(text));
  const shared = z.object({ $defs: z.record(z.string(), z.looseObject({})) }).safeParse(__shared).data?.$defs ?? {};
  const schemas = [
    ...Object.entries(own),
    ...Object.entries(shared).map(([id, schema]) => [`shared.${id}`, schema] as const),
  ];
  const refer = (id: string | undefined): Json => ({ $ref: `${AT}${id}` });
  return {
    named: { of: (schema) => refer(names.get(schema)), problem: refer("Problem") },
    schemas: Object.fromEntries(schemas.map(([id, schema]) => [id, withoutIdentity(schema)])),
  };
}
