/** What became of every run, by the API's history and by what the stand-in for Claude would bill. */
import { z } from "zod";
import { type RunView, runList, turnList } from "../../services/contract/http.ts";
import type { RunId } from "../../services/contract/ids.ts";
import { api } from "../bench/submit.ts";
import type { Twin } from "../bench/twin.ts";

export type Account = {
  readonly runs: number;
  /** Accepted runs that have no end. */
  readonly lost: number;
  /** Turns that were committed more than once. */
  readonly doubled: number;
  /** Calls that were answered in full, or begun and cut: each costs money. */
  readonly billed: number;
  readonly committed: number;
  readonly inDoubt: number;
  readonly states: Readonly<Record<string, number>>;
  readonly promisesBroken: readonly string[];
};

const PARALLEL = 8;
const PAGE = 100;
const NAMED_MAX = 5;

const calls = z.object({
  runs: z.array(
    z.looseObject({
      runId: z.string(),
      turns: z.array(z.object({ turn: z.int(), completed: z.int(), aborted: z.int(), broken: z.int(), lost: z.int() })),
    }),
  ),
});

async function allRuns(twin: Twin): Promise<RunView[]> {
  const views: RunView[] = [];
  let cursor: string | undefined;
  do {
    const page = runList.parse(
      await api(twin, `/v1/runs?limit=${PAGE}${cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`}`),
    );
    views.push(...page.runs);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return views;
}

type Turn = z.infer<typeof turnList>["turns"][number];

async function turnsOf(twin: Twin, id: string): Promise<Turn[]> {
  const turns: Turn[] = [];
  let cursor: string | undefined;
  do {
    const query = cursor === undefined ? "" : `?cursor=${encodeURIComponent(cursor)}`;
    const page = turnList.parse(await api(twin, `/v1/runs/${id}/turns${query}`));
    turns.push(...page.turns);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return turns;
}

/**
 * Turns of a run that count twice: shown twice, or booked on the head without being shown. A second commit of a turn would
 * add its tokens and its price to the head again.
 */
function doubledIn(view: RunView, turns: readonly Turn[]): number {
  const numbers = new Set(turns.map(({ turn }) => turn));
  const messages = new Set(turns.map(({ messageId }) => messageId));
  const shownTwice = turns.length - Math.min(numbers.size, messages.size);
  const sum = (of: (turn: Turn) => number) => turns.reduce((total, turn) => total + of(turn), 0);
  const agrees =
    turns.length === view.turns &&
    sum((turn) => turn.usage.outputTokens) === view.usage.outputTokens &&
    sum((turn) => turn.costMicroUsd) === view.cost.spentMicroUsd;
  return shownTwice + (agrees ? 0 : 1);
}

/** What all stand-ins for Claude would bill. */
async function billedByRun(stubUrls: readonly string[]): Promise<Map<string, number>> {
  const billed = new Map<string, number>();
  for (const url of stubUrls) {
    const { runs } = calls.parse(await (await fetch(`${url}/_stub/calls`)).json());
    for (const { runId, turns } of runs) {
      const here = turns.reduce((sum, turn) => sum + turn.completed + turn.aborted + turn.broken + turn.lost, 0);
      billed.set(runId, (billed.get(runId) ?? 0) + here);
    }
  }
  return billed;
}

const some = (ids: readonly string[]): string =>
  `${ids.slice(0, NAMED_MAX).join(", ")}${ids.length > NAMED_MAX ? ` and ${ids.length - NAMED_MAX} more` : ""}`;

/** Call it when nothing runs any more. `others`: stand-ins for Claude beside the twin's own. */
export async function account(
  twin: Twin,
  accepted: readonly RunId[],
  others: readonly string[] = [],
): Promise<Account> {
  const views = await allRuns(twin);
  const billedOf = await billedByRun([twin.stubUrl, ...others]);
  const doubledOf = new Map<string, number>();
  const todo = [...views];
  const lane = async () => {
    for (let view = todo.shift(); view !== undefined; view = todo.shift())
      doubledOf.set(view.id, doubledIn(view, await turnsOf(twin, view.id)));
  };
  await Promise.all(Array.from({ length: PARALLEL }, lane));

  const byId = new Map(views.map((view) => [String(view.id), view]));
  const isOpen = (view: RunView | undefined) => view === undefined || ["QUEUED", "RUNNING"].includes(view.state);
  const lost = accepted.filter((id) => isOpen(byId.get(id)));
  const doubled = views.filter(({ id }) => (doubledOf.get(id) ?? 0) > 0).map(({ id }) => String(id));
  const billed = (id: string) => billedOf.get(id) ?? 0;
  const overpaid = views.filter(({ id, turns, turnsInDoubt }) => billed(id) > turns + turnsInDoubt);
  const doubtful = views.filter(({ turnsInDoubt, interruptions }) => turnsInDoubt > interruptions);
  const failed = views.filter((view) => !isOpen(view) && view.state !== "SUCCEEDED");
  const total = (of: (view: RunView) => number) => views.reduce((sum, view) => sum + of(view), 0);
  const states: Record<string, number> = {};
  for (const { state } of views) states[state] = (states[state] ?? 0) + 1;
  const broken = (ids: readonly string[], what: string) => (ids.length === 0 ? [] : [`${what}: ${some(ids)}`]);
  return {
    runs: accepted.length,
    lost: lost.length,
    doubled: doubled.reduce((sum, id) => sum + (doubledOf.get(id) ?? 0), 0),
    billed: total(({ id }) => billed(id)),
    committed: total(({ turns }) => turns),
    inDoubt: total(({ turnsInDoubt }) => turnsInDoubt),
    states,
    promisesBroken: [
      ...broken(lost, "1: accepted runs without an end"),
      ...broken(doubled, "2: turns committed twice, or booked and not shown"),
      ...broken(
        overpaid.map(({ id, turns, turnsInDoubt }) => `${id} (${billed(id)} > ${turns} + ${turnsInDoubt})`),
        "2: billed more than committed and in doubt",
      ),
      ...broken(
        doubtful.map(({ id }) => id),
        "2: more turns in doubt than lost leases",
      ),
      ...broken(
        failed.map(({ id, state, reason }) => `${id} ${state} ${reason}`),
        "runs that did not succeed",
      ),
    ],
  };
}
