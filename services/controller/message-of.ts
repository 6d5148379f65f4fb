import { limits } from "../contract/limits.ts";

/** Text of a caught value for an event. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The same, as long as a detail that is kept may be (`limits.detailChars`). */
export const detailOf = (error: unknown): string => messageOf(error).slice(0, limits.detailChars);
