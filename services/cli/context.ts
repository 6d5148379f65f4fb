/** What the command line gets from its entry: the world as values, so that a test can give another one. */
import type { Account } from "../ports/account.ts";
import type { Chance, Clock } from "../ports/clock.ts";
import type { ImageBuilder } from "../ports/image-builder.ts";

/** A standard stream. `columns` is absent when it is not a terminal. */
export type Writer = {
  readonly isTTY: boolean;
  readonly columns?: number | undefined;
  write(text: string): void;
};

/** The process as a command sees it: nothing below the entry looks at the real one. */
export type CliContext = {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder that relative paths are relative to, and the folder of the project. */
  readonly cwd: string;
  readonly root: string;
  readonly nodeVersion: string;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdout: Writer;
  readonly stderr: Writer;
  readonly clock: Clock;
  readonly chance: Chance;
  /** The AWS account of the surroundings; loaded at the call, because few commands need one. */
  readonly account: () => Promise<Account>;
  /** What would build the worker's image here. */
  readonly builder: ImageBuilder;
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
};

/** Options that every command takes. */
export type GlobalOptions = {
  readonly url?: string | undefined;
  readonly key?: string | undefined;
  readonly data?: string | undefined;
  readonly json?: boolean | undefined;
  /** Name of an installation on AWS; only some commands take it. */
  readonly stack?: string | undefined;
};
