/** Flags of `submit`, checked. */
import { limits } from "../../contract/limits.ts";
import type { CliContext, GlobalOptions } from "../context.ts";
import { UsageFailure } from "../failure.ts";
import { parseDuration, parseUsd } from "../terminal/units.ts";
import type { RunDefaults } from "./lines.ts";
import type { SourceOptions } from "./source.ts";

/** Flags as commander hands them over, not checked yet. */
export type SubmitOptions = GlobalOptions &
  SourceOptions & {
    readonly agent?: string;
    readonly model?: string;
    readonly lane?: "high" | "normal" | "low";
    readonly budgetUsd?: string;
    readonly timeout?: string;
    readonly deadline?: string;
    readonly relaxed?: boolean;
    readonly idempotencyKey?: string;
    readonly wait?: boolean;
    readonly out?: string;
  };

function parsed<T>(
  flag: string,
  text: string | undefined,
  parse: (text: string) => T | undefined,
  form: string,
): T | undefined {
  const value = text === undefined ? undefined : parse(text);
  if (text !== undefined && value === undefined) throw new UsageFailure(`--${flag} "${text}"`, `give ${form}`);
  return value;
}

/** What the flags say of every run. Throws `UsageFailure`. */
export function defaultsOf(options: SubmitOptions): RunDefaults {
  const time = "a time such as 90s, 15m or 2h";
  const all = {
    agent: options.agent,
    model: options.model,
    lane: options.lane,
    budgetMicroUsd: parsed("budget-usd", options.budgetUsd, parseUsd, "an amount such as 0.50"),
    timeoutMs: parsed("timeout", options.timeout, parseDuration, time),
    deadlineMs: parsed("deadline", options.deadline, parseDuration, time),
    ...(options.relaxed === true ? { deadline: "relaxed" as const } : {}),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** Room in the key for the number of a batch. */
const KEY_CHARS = limits.idempotencyKeyChars - 10;

/** The idempotency key of the submission: the given one or a new one. Throws `UsageFailure`. */
export function keyOf(context: CliContext, given: string | undefined): string {
  if (given === undefined) return `cli-${context.chance.id()}`;
  if (/^[\x21-\x7e]+$/.test(given) && given.length <= KEY_CHARS) return given;
  throw new UsageFailure("--idempotency-key", `1 to ${KEY_CHARS} characters, ASCII without spaces`);
}
