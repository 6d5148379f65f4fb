/** Scaling's part of the table: a few items with one JSON text each, answers by pool, and the history under its time. */
import type { z } from "zod";
import { manualOrder, poolAnswer } from "../../contract/capacity.ts";
import { scalingEvent } from "../../contract/capacity-events.ts";
import { demandProfile } from "../../contract/capacity-profile.ts";
import { limits } from "../../contract/limits.ts";
import { capacitySummary, scalingState } from "../../contract/scaling.ts";
import { type ItemKey, keys, poolAnswers, scalingHistory, table } from "../../contract/tables.ts";
import { canonicalJson } from "../../core/digest.ts";
import type { ScalingDesk, ScalingLog, ScalingStores } from "../../ports/scaling-stores.ts";
import { attribute, type Item, toItem } from "./item.ts";
import type { TableIo } from "./table-io.ts";

const ABSENT = `attribute_not_exists(${table.pk})`;

const parsed = <S extends z.ZodType>(schema: S, item: Item | undefined): z.output<S> | undefined =>
  item?.text?.S === undefined ? undefined : schema.parse(JSON.parse(item.text.S));

/** A text that a lower epoch than its writer's does not replace. */
function fenced<S extends z.ZodType>(io: TableIo, key: ItemKey, schema: S) {
  return {
    read: async () => parsed(schema, await io.get(key)),
    keep: async (epoch: number, value: z.output<S>) => {
      const { kind } = await io.putIf({
        Item: toItem({ ...key, epoch, text: JSON.stringify(value) }),
        ConditionExpression: `${ABSENT} OR #epoch <= :epoch`,
        ExpressionAttributeNames: { "#epoch": "epoch" },
        ExpressionAttributeValues: { ":epoch": attribute(epoch) },
      });
      return kind === "applied";
    },
  };
}

const has = (text: string) => ({
  ConditionExpression: "#text = :before",
  ExpressionAttributeNames: { "#text": "text" },
  ExpressionAttributeValues: { ":before": attribute(text) },
});

function desk(io: TableIo): ScalingDesk {
  return {
    order: async () => parsed(manualOrder, await io.get(keys.manualOrder)),
    async changeOrder(before, after) {
      const unchanged = before === undefined ? { ConditionExpression: ABSENT } : has(canonicalJson(before));
      const { kind, item } =
        after === undefined
          ? await io.removeIf(keys.manualOrder, unchanged)
          : await io.putIf({ Item: toItem({ ...keys.manualOrder, text: canonicalJson(after) }), ...unchanged });
      if (kind === "applied") return true;
      return after === undefined ? item === undefined : item?.text?.S === canonicalJson(after);
    },
    async answers() {
      const { items } = await io.page({
        KeyConditionExpression: `${table.pk} = :pk`,
        ExpressionAttributeValues: { ":pk": attribute(poolAnswers) },
        ConsistentRead: true,
      });
      return items.flatMap((item) => parsed(poolAnswer, item) ?? []);
    },
    tellAnswer: (answer) =>
      io.put(toItem({ ...keys.poolAnswer(answer.pool, answer.kind), text: JSON.stringify(answer) })),
    kick: (token) => io.put(toItem({ ...keys.kick, token })),
    lastKick: async () => (await io.get(keys.kick))?.token?.S,
    async mayWake(by, nowMs) {
      const { kind, item } = await io.putIf({
        Item: toItem({ ...keys.wake, by, atMs: nowMs }),
        ConditionExpression: `${ABSENT} OR atMs <= :before`,
        ExpressionAttributeValues: { ":before": attribute(nowMs - limits.wakeEveryMs) },
      });
      // Our own put, done without an answer, refuses its repeat.
      return kind === "applied" || item?.by?.S === by;
    },
  };
}

function log(io: TableIo): ScalingLog {
  const expiresAt = (atMs: number) => Math.ceil((atMs + limits.scalingEventsKeepMs) / 1_000);
  return {
    async append(events) {
      const put = events.map((event) =>
        io.put(
          toItem({ ...keys.scalingEvent(event.id), text: JSON.stringify(event), [table.ttl]: expiresAt(event.atMs) }),
        ),
      );
      await Promise.all(put);
    },
    async list(limit, before) {
      const { items } = await io.page({
        KeyConditionExpression: before === undefined ? `${table.pk} = :pk` : `${table.pk} = :pk AND ${table.sk} < :sk`,
        ExpressionAttributeValues: {
          ":pk": attribute(scalingHistory),
          ...(before === undefined ? {} : { ":sk": attribute(before) }),
        },
        ScanIndexForward: false,
        Limit: limit,
        ConsistentRead: true,
      });
      return items.flatMap((item) => parsed(scalingEvent, item) ?? []);
    },
  };
}

/** The scaling stores over DynamoDB. */
export function dynamoScalingStores(io: TableIo): ScalingStores {
  const state = fenced(io, keys.scalingState, scalingState);
  const profile = fenced(io, keys.demandProfile, demandProfile);
  const summary = fenced(io, keys.capacitySummary, capacitySummary);
  return {
    memory: {
      state: state.read,
      keepState: state.keep,
      profile: profile.read,
      keepProfile: profile.keep,
      summary: summary.read,
      publish: (value) => summary.keep(value.epoch, value),
    },
    desk: desk(io),
    log: log(io),
  };
}
