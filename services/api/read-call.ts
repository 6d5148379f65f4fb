/** Checks the parts of a request, cheapest first; the body is read last and only where a route takes one. */
import { readBody } from "./body.ts";
import { mistakesIn } from "./mistakes.ts";
import { type Refusal, refuse } from "./problem.ts";
import type { Reader } from "./reader.ts";

/** Readers of the four parts of a request. */
export type Readers<P, Q, H, B> = {
  readonly params: Reader<P>;
  readonly query: Reader<Q>;
  readonly headers: Reader<H>;
  readonly body: Reader<B>;
};

/** A request before it is checked. */
export type RawCall = { readonly request: Request; readonly params: Readonly<Record<string, string>> };

const FIELDS_IN_DETAIL = 5;

type Read<T> = { readonly kind: "read"; readonly value: T };

function readPart<T>(reader: Reader<T>, raw: unknown, part: string): Read<T> | Refusal {
  const parsed = reader.read(raw);
  if (parsed.success) return { kind: "read", value: parsed.data };
  const mistakes = mistakesIn(parsed.error, raw);
  const fields = mistakes.map((mistake) => mistake.field).slice(0, FIELDS_IN_DETAIL);
  return refuse("invalid-request", `mend in the ${part}: ${fields.join(", ")}`, { mistakes });
}

function readQuery<T>(reader: Reader<T>, url: string): Read<T> | Refusal {
  const { searchParams } = new URL(url);
  const names = [...searchParams.keys()];
  const twice = [...new Set(names.filter((name, i) => names.indexOf(name) !== i))];
  if (twice.length === 0) return readPart(reader, Object.fromEntries(searchParams), "query");
  const mistakes = twice.map((field) => ({ field, message: "is given more than once; give it once" }));
  return refuse("invalid-request", "the query gives a parameter more than once", { mistakes });
}

async function readBodyPart<T>(reader: Reader<T>, request: Request): Promise<Read<T> | Refusal> {
  if (reader.schemas.length === 0) return readPart(reader, undefined, "body");
  const body = await readBody(request);
  return body.kind === "refused" ? body : readPart(reader, body.value, "body");
}

/** A request whose parts have the form that the route takes. */
export type ReadCall<P, Q, H, B> = {
  readonly kind: "call";
  readonly params: P;
  readonly query: Q;
  readonly headers: H;
  readonly body: B;
};

/** The checked parts, or the refusal that names the fields of the first part that is wrong. */
export async function readCall<P, Q, H, B>(
  readers: Readers<P, Q, H, B>,
  { request, params }: RawCall,
): Promise<ReadCall<P, Q, H, B> | Refusal> {
  const path = readPart(readers.params, params, "path");
  if (path.kind === "refused") return path;
  const query = readQuery(readers.query, request.url);
  if (query.kind === "refused") return query;
  const headers = readPart(readers.headers, Object.fromEntries(request.headers), "headers");
  if (headers.kind === "refused") return headers;
  const body = await readBodyPart(readers.body, request);
  if (body.kind === "refused") return body;
  return { kind: "call", params: path.value, query: query.value, headers: headers.value, body: body.value };
}
