/** One row of the tables of bad input. */
import type { Ask } from "./api-fixture.ts";

/** What is asked, and what must be said: status, code, and the field that is to be mended. */
export type Row = {
  readonly what: string;
  readonly request: string;
  readonly ask: Ask;
  readonly status: number;
  readonly code: string;
  readonly field: string | undefined;
};

type Cell = readonly [what: string, request: string, ask: Ask, field?: string | undefined];

/** Rows that are refused in the same way. */
export const refused = (status: number, code: string, cells: readonly Cell[]): readonly Row[] =>
  cells.map(([what, request, ask, field]) => ({ what, request, ask, status, code, field }));

export const post = (body: unknown, more: Ask = {}): Ask => ({ body, ...more });
