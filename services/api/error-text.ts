/** What an error says, for an event; bounded. */
import { limits } from "../contract/limits.ts";

/** Name and message of anything that was thrown. */
export const errorText = (error: unknown): string =>
  (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, limits.detailChars);
