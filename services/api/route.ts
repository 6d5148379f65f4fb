/**
 * A route is data: where it is, who may call it, what it takes and gives, and the function that answers. The same value
 * registers the route, checks its requests and documents it, so none of the three can say something else.
 */
import type { z } from "zod";
import type { ApiKey } from "../contract/keys.ts";
import type { ApiParts } from "./deps.ts";
import type { ProblemCode, Refusal } from "./problem.ts";
import { type RawCall, type Readers, readCall } from "./read-call.ts";

/** `public` needs no key, `tenant` any key, `operator` a key with that role. */
export type Access = "public" | "tenant" | "operator";

/** A documented answer; `example` parses with `schema`. `media` is JSON unless given. */
export type Answer = {
  readonly what: string;
  readonly media?: string;
  readonly schema?: z.ZodType;
  readonly example?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The same in another media type, for callers that ask for it by `Accept`. */
  readonly also?: { readonly media: string; readonly schema: z.ZodType; readonly example: unknown };
};

type Doc = {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** As OpenAPI writes it: `/v1/runs/{id}`. */
  readonly path: string;
  readonly operation: string;
  readonly summary: string;
  readonly description?: string;
  readonly answers: Readonly<Record<number, Answer>>;
  /** Codes that are this route's own; those of keys, forms and failures follow from what it takes. */
  readonly refusals: readonly ProblemCode[];
};

/** A checked request of a known caller. `signal` aborts when the client goes away. */
export type Call<P, Q, H, B> = {
  readonly caller: ApiKey;
  readonly params: P;
  readonly query: Q;
  readonly headers: H;
  readonly body: B;
  readonly signal: AbortSignal;
};

/** What a route gives: an answer, or why there is none. */
export type Outcome = Response | Refusal;

/** A route as the app registers it and the documentation shows it. */
export type Route = Doc &
  Readers<unknown, unknown, unknown, unknown> & {
    readonly access: Access;
    answer(parts: ApiParts, raw: RawCall): Promise<Outcome>;
  };

/** A route for callers with a key: the key is checked first, then the form, then `handle` answers. */
export function defineRoute<P, Q, H, B>(
  route: Doc &
    Readers<P, Q, H, B> & {
      readonly access: "tenant" | "operator";
      handle(parts: ApiParts, call: Call<P, Q, H, B>): Promise<Outcome>;
    },
): Route {
  return {
    ...route,
    answer: async (parts, raw) => {
      const known = await parts.auth.check(raw.request.headers.get("authorization"), route.access);
      if (known.kind === "refused") return known;
      const read = await readCall(route, raw);
      if (read.kind === "refused") return read;
      return route.handle(parts, { ...read, caller: known.key, signal: raw.request.signal });
    },
  };
}

/** A route without a key, which takes nothing. */
export const definePublicRoute = (
  route: Doc & Readers<unknown, unknown, unknown, unknown> & { handle(parts: ApiParts): Outcome },
): Route => ({ ...route, access: "public", answer: async (parts) => route.handle(parts) });

/** A JSON answer. */
export const json = (value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(JSON.stringify(value), { status, headers: { ...headers, "content-type": "application/json" } });
