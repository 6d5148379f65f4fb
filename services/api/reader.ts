/** How the parts of a request are checked; the schemas in a reader are also the ones that the documentation shows. */
import { z } from "zod";

/** Checks one part of a request. Without schemas the part is not looked at. */
export type Reader<T> = {
  readonly schemas: readonly z.ZodType[];
  read(raw: unknown): z.ZodSafeParseResult<T>;
};

/** A part that has one form. */
export const only = <S extends z.ZodType>(schema: S): Reader<z.output<S>> => ({
  schemas: [schema],
  read: (raw) => schema.safeParse(raw),
});

/** A part with two forms: `wide` when `field` is in it, else `plain`. Each mistake is told of the form that was meant. */
export const eitherBy = <W extends z.ZodType, P extends z.ZodType>(
  field: string,
  wide: W,
  plain: P,
): Reader<z.output<W> | z.output<P>> => ({
  schemas: [plain, wide],
  read: (raw) =>
    typeof raw === "object" && raw !== null && Object.hasOwn(raw, field) ? wide.safeParse(raw) : plain.safeParse(raw),
});

/** A part that is not looked at. */
const ignored: Reader<undefined> = { schemas: [], read: () => ({ success: true, data: undefined }) };

/** A route that takes nothing; spread it and replace what the route does take. A query must then be empty. */
export const takesNothing = {
  params: ignored,
  query: only(z.strictObject({})),
  headers: ignored,
  body: ignored,
} as const;
