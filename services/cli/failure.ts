/** Ways in which a command fails, each with its exit code and, where there is one, its mend. */
import type { Problem } from "../contract/http.ts";

/** Exit codes: 0 only if what was asked for happened. */
export const exitCode = { done: 0, failed: 1, usage: 2, interrupted: 130, brokenPipe: 141 } as const;

/** Something was asked for that did not happen; `fix` says what to do about it. */
export class CliFailure extends Error {
  override readonly name: string = "CliFailure";
  readonly exitCode: number = exitCode.failed;
  readonly code: string;
  fix: string | undefined;
  /** Fields that the failure's JSON has beside `error`: what happened before it. */
  result: object = {};
  /** Whether the command has printed its JSON result already; else the failure is that result. */
  readonly reported: boolean;
  constructor(code: string, message: string, more: { fix?: string; cause?: unknown; reported?: boolean } = {}) {
    super(message, more.cause === undefined ? {} : { cause: more.cause });
    this.code = code;
    this.fix = more.fix;
    this.reported = more.reported ?? false;
  }
}

/** The command was called wrongly; nothing was sent. */
export class UsageFailure extends CliFailure {
  override readonly name = "UsageFailure";
  override readonly exitCode = exitCode.usage;
  constructor(message: string, fix?: string) {
    super("usage", message, fix === undefined ? {} : { fix });
  }
}

/** The API refused: its problem document. */
export class Refusal extends CliFailure {
  override readonly name = "Refusal";
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.code, problem.detail);
    this.problem = problem;
  }
}

/** The user pressed Ctrl-C. */
export class Interrupted extends CliFailure {
  override readonly name = "Interrupted";
  override readonly exitCode = exitCode.interrupted;
  constructor(more: { fix?: string; reported?: boolean } = {}) {
    super("interrupted", "interrupted", more);
  }
}
