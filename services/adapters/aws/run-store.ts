/** Heads of runs: every step is one conditional write on one item. */
import type { RunId } from "../../contract/ids.ts";
import { limits } from "../../contract/limits.ts";
import type { HeadWrite, RunHead } from "../../contract/run.ts";
import { keys, table } from "../../contract/tables.ts";
import { wasApplied } from "../../core/head-write.ts";
import { UnreadableRuns } from "../../core/unreadable-runs.ts";
import type { CreateOutcome, RunStore, WriteOutcome } from "../../ports/run-store.ts";
import { headExpression } from "./head-expression.ts";
import { headItem, headOf } from "./head-item.ts";
import { attribute, type Item } from "./item.ts";
import type { TableIo } from "./table-io.ts";

const seconds = (ms: number): number => Math.floor(ms / 1_000);

/** Asked of the item, so that one which cannot be read is gone at its time as well. */
const isExpired = (item: Item, nowMs: number): boolean => Number(item[table.ttl]?.N ?? Infinity) <= seconds(nowMs);

/** The run store over DynamoDB. */
export function dynamoRunStore(io: TableIo): RunStore {
  async function create(head: RunHead, nowMs: number): Promise<CreateOutcome> {
    const { kind, item } = await io.putIf({
      Item: headItem(head),
      ConditionExpression: `attribute_not_exists(${table.pk}) OR ${table.ttl} <= :now`,
      ExpressionAttributeValues: { ":now": attribute(seconds(nowMs)) },
    });
    if (kind === "applied") return { kind: "created" };
    if (!item) throw new Error(`create ${head.runId}: refused by a head that is gone`);
    const there = headOf(item);
    // Our own put, refused at its second try because the first one's answer was lost: nobody else has this wake id.
    if (head.wakeId !== undefined && there.wakeId === head.wakeId) return { kind: "created" };
    return { kind: "exists", head: there };
  }

  async function read(ids: readonly RunId[], nowMs: number): Promise<RunHead[]> {
    if (ids.length > limits.readBatchMax) throw new RangeError(`read: at most ${limits.readBatchMax} runs`);
    const items = await Promise.all(ids.map((id) => io.get(keys.head(id))));
    const heads: RunHead[] = [];
    const failures = new Map<RunId, unknown>();
    for (const [i, id] of ids.entries()) {
      const item = items[i];
      if (item === undefined || isExpired(item, nowMs)) continue;
      try {
        heads.push(headOf(item));
      } catch (error) {
        failures.set(id, error);
      }
    }
    if (failures.size > 0) throw new UnreadableRuns(heads, failures);
    return heads;
  }

  async function write(id: RunId, write: HeadWrite): Promise<WriteOutcome> {
    const { update, condition, names, values } = headExpression(write);
    const { kind, item } = await io.update(keys.head(id), {
      UpdateExpression: update,
      ConditionExpression: condition,
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: values,
    });
    const head = item ? headOf(item) : undefined;
    if (head && (kind === "applied" || wasApplied(head, write))) return { kind: "written", head };
    return { kind: "refused", head };
  }

  return { create, read, write };
}
