/** Opaque cursors: base64url of a JSON value that is checked when it comes back. Nothing in it is secret. */
import { z } from "zod";
import { type Refusal, refuse } from "./problem.ts";

/** Where a page of a list goes on. `list` keeps the cursor of one list from being used on another. */
const cursor = z.discriminatedUnion("list", [
  z.strictObject({ list: z.literal("runs"), after: z.string().regex(/^\d{14}#run_[a-z2-7]{26}$/) }),
  z.strictObject({ list: z.literal("bulk"), after: z.string().regex(/^\d{14}#run_[a-z2-7]{26}$/) }),
  z.strictObject({ list: z.literal("turns"), from: z.int().min(1).max(999_999) }),
]);
export type Cursor = z.infer<typeof cursor>;

/** The cursor as text. */
export const encodeCursor = (value: Cursor): string => Buffer.from(JSON.stringify(value)).toString("base64url");

const isOf = <L extends Cursor["list"]>(list: L, value: Cursor): value is Extract<Cursor, { list: L }> =>
  value.list === list;

function decode(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString());
  } catch {
    return undefined;
  }
}

type At<L extends Cursor["list"]> = { readonly kind: "at"; readonly cursor: Extract<Cursor, { list: L }> | undefined };

/** Where the page of `list` that a query asks for begins: at the beginning without a cursor; 400 for one of another list. */
export function readCursor<L extends Cursor["list"]>(list: L, text: string | undefined): At<L> | Refusal {
  if (text === undefined) return { kind: "at", cursor: undefined };
  const parsed = cursor.safeParse(decode(text));
  if (parsed.success && isOf(list, parsed.data)) return { kind: "at", cursor: parsed.data };
  const mistakes = [{ field: "cursor", message: "is not a cursor of this list; send one as the list gave it" }];
  return refuse("invalid-cursor", "begin again without a cursor", { mistakes });
}
