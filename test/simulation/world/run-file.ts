/** What the checks know of each run: its head, its calls, its effects, and the last things that happened to it. */
import type { RunId, TenantId } from "../../../services/contract/ids.ts";
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
  redriveAsked = false;
  /** Calls that failed because the run is cursed. */
  cursed = 0;
  /** Workers that the run killed. */
  killed = 0;
  /** Model calls that were or may be billed. */
  billed = 0;
  /** Turns whose answers were remembered. */
  remembered = 0;
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
  redriven = 0;
  /** Tenants that asked for many of their runs to be cancelled, or to go on, by a filter. */
  readonly cancelling = new Set<TenantId>();
  readonly redriving = new Set<TenantId>();
  /** How many runs each worker holds. */
  readonly heldBy = new Map<string, number>();
  /** All files, in the order in which they were opened. */
  readonly list: RunFile[] = [];
  /** How the runs ended, by reason. */
  readonly ends: Record<string, number> = {};

  /** Flights that were judged not to have been sent, without certainty. */
  readonly voidFlights = new Set<string>();

  /** Keys of tool calls and the runs that they belong to. */
  readonly ofKey = new Map<string, RunFile>();

  of(id: RunId): RunFile {
    const there = this.#files.get(id);
    if (there !== undefined) return there;
    const file = new RunFile(id);
    this.list.push(file);
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
    const before = file.head;
    if (head.endedAtMs !== undefined && before?.endedAtMs === undefined) this.#ends(file, head, 1);
    // A redrive takes the end back.
    else if (before?.endedAtMs !== undefined && head.endedAtMs === undefined) this.#ends(file, before, -1);
    if (before?.holder !== head.holder) {
      this.#holds(before?.holder, -1);
      this.#holds(head.holder, 1);
    }
    file.head = head;
  }

  #holds(holder: string | undefined, count: 1 | -1): void {
    if (holder === undefined) return;
    const held = (this.heldBy.get(holder) ?? 0) + count;
    if (held === 0) this.heldBy.delete(holder);
    else this.heldBy.set(holder, held);
  }

  #ends(file: RunFile, { reason = "none" }: { readonly reason?: string | undefined }, count: 1 | -1): void {
    this.ended += count;
    this.ends[reason] = (this.ends[reason] ?? 0) + count;
    if (count < 0) this.redriven++;
    if (file.acceptedAtMs !== undefined) this.open -= count;
  }

  all(): Iterable<RunFile> {
    return this.list;
  }
}
