/** What the checks know of each run: its head, its calls, its effects, and the last things that happened to it. */
import type { RunId } from "../../../services/contract/ids.ts";
import type { RunHead } from "../../../services/contract/run.ts";

/** Facts of a run that are kept for the story of a violation. */
const STORY_LINES = 40;

/** What a tool call outside did under one key. */
export type EffectFile = { times: number };

export class RunFile {
  readonly id: RunId;
  head: RunHead | undefined;
  acceptedAtMs: number | undefined;
  cancelAsked = false;
  /** Model calls that were or may be billed. */
  billed = 0;
  /** Leases that ended without their holder's write. */
  leasesLost = 0;
  /** Tool use ids of each delta that was put, by `turn#epoch`. */
  readonly deltas = new Map<string, readonly string[]>();
  /** Tool use ids of the last committed answer. */
  committedTools: readonly string[] = [];
  readonly effects = new Map<string, EffectFile>();
  readonly #story: (() => string)[] = [];

  constructor(id: RunId) {
    this.id = id;
  }

  get committedTurns(): number {
    return (this.head?.turn ?? 1) - 1;
  }

  tell(line: () => string): void {
    if (this.#story.push(line) > 2 * STORY_LINES) this.#story.splice(0, STORY_LINES);
  }

  get story(): string[] {
    return this.#story.slice(-STORY_LINES).map((line) => line());
  }
}

/** The files of all runs. */
export class RunFiles {
  readonly #files = new Map<RunId, RunFile>();
  /** Runs that callers were promised, those of them that have not ended, and all that have. */
  accepted = 0;
  open = 0;
  ended = 0;
  /** How the runs ended, by reason. */
  readonly ends: Record<string, number> = {};

  /** Keys of tool calls and the runs that they belong to. */
  readonly ofKey = new Map<string, RunFile>();

  of(id: RunId): RunFile {
    const there = this.#files.get(id);
    if (there !== undefined) return there;
    const file = new RunFile(id);
    this.#files.set(id, file);
    return file;
  }

  /** A caller was told that the run is accepted; false when it was told before. */
  accept(file: RunFile, atMs: number): boolean {
    if (file.acceptedAtMs !== undefined) return false;
    file.acceptedAtMs = atMs;
    this.accepted++;
    if (file.head?.endedAtMs === undefined) this.open++;
    return true;
  }

  /** The head of a run changed. */
  moved(file: RunFile, head: RunHead): void {
    if (head.endedAtMs !== undefined && file.head?.endedAtMs === undefined) {
      this.ended++;
      const reason = head.reason ?? "none";
      this.ends[reason] = (this.ends[reason] ?? 0) + 1;
      if (file.acceptedAtMs !== undefined) this.open--;
    }
    file.head = head;
  }

  all(): Iterable<RunFile> {
    return this.#files.values();
  }
}
