/** Heads of runs: every step is one conditional write on one item. */
import type { RunId } from "../../contract/ids.ts";
import { limits } from "../../contract/limits.ts";
import { type HeadWrite, type RunHead, runHead } from "../../contract/run.ts";
import { keys, shardOf, table } from "../../contract/tables.ts";
import { wasApplied } from "../../core/lifecycle.ts";
import type { CreateOutcome, RunStore, WriteOutcome } from "../../ports/run-store.ts";
import { headExpression } from "./head-expression.ts";
import { attribute, fromItem, type Item, toItem } from "./item.ts";
import type { TableIo } from "./table-io.ts";

const parse = (item: Item): RunHead => runHead.parse(fromItem(item));
const seconds = (ms: number): number => Math.floor(ms / 1_000);

/** A head with its keys and those of the tenant index. The holder index uses attributes of the head itself. */
function headItem(head: RunHead): Item {
  return toItem({
    ...keys.head(head.runId),
    [table.byTenant.pk]: keys.tenant(head.tenant, shardOf(head.runId, limits.tenantShards)),
    [table.byTenant.sk]: keys.created(head.createdAtMs, head.runId),
    ...head,
  });
}

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
    const there = parse(item);
    // Our own put, refused at its second try because the first one's answer was lost: nobody else has this wake id.
    if (head.wakeId !== undefined && there.wakeId === head.wakeId) return { kind: "created" };
    return { kind: "exists", head: there };
  }

  async function read(ids: readonly RunId[], nowMs: number): Promise<RunHead[]> {
    if (ids.length > limits.readBatchMax) throw new RangeError(`read: at most ${limits.readBatchMax} runs`);
    const items = await Promise.all(ids.map((id) => io.get(keys.head(id))));
    return items
      .flatMap((item) => (item ? [parse(item)] : []))
      .filter((head) => head.expiresAt === undefined || head.expiresAt > seconds(nowMs));
  }

  async function write(id: RunId, write: HeadWrite): Promise<WriteOutcome> {
    const { update, condition, names, values } = headExpression(write);
    const { kind, item } = await io.update(keys.head(id), {
      UpdateExpression: update,
      ConditionExpression: condition,
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: values,
    });
    const head = item ? parse(item) : undefined;
    if (head && (kind === "applied" || wasApplied(head, write))) return { kind: "written", head };
    return { kind: "refused", head };
  }

  return { create, read, write };
}
