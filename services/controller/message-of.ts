/** Text of a caught value for an event. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
