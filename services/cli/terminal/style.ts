/** Colours, only where somebody sees them. */
import { styleText } from "node:util";
import type { RunState } from "../../contract/failures.ts";
import type { CliContext, Writer } from "../context.ts";

/** Empties the line that the cursor of a terminal stands on. */
export const CLEAR_LINE = "\r\x1b[K";

/** What a piece of text wants to say, and how a terminal says it. */
export type Tone = "good" | "bad" | "busy" | "quiet" | "strong";
export type Style = (tone: Tone, text: string) => string;

const formats = { good: "green", bad: "red", busy: "cyan", quiet: "dim", strong: "bold" } as const;

/** A style for a stream: plain when it is not a terminal, or when `NO_COLOR` or a dumb terminal says so. */
export function styleFor(writer: Writer, env: CliContext["env"]): Style {
  const plain = !writer.isTTY || (env.NO_COLOR ?? "") !== "" || env.TERM === "dumb";
  if (plain) return (_tone, text) => text;
  return (tone, text) => styleText(formats[tone], text, { validateStream: false });
}

/** Tone of a state. */
export function toneOf(state: RunState): Tone {
  if (state === "SUCCEEDED") return "good";
  if (state === "QUEUED") return "quiet";
  return state === "RUNNING" ? "busy" : "bad";
}
