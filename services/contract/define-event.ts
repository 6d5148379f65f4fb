import type { z } from "zod";

type Level = "debug" | "info" | "warn" | "error";

/** An entry of the catalogue of events: its code never changes, its text is for people. */
export const event = <S extends z.ZodObject>(code: string, level: Level, text: string, payload: S) =>
  ({ code, level, text, payload }) as const;
