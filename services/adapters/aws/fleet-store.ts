/** Worker items: a heartbeat is one update whose answer brings the drain flag and the inbox. */
import { type InboxEntry, inboxEntry, type WorkerBeat, type WorkerItem, workerItem } from "../../contract/fleet.ts";
import type { WorkerId } from "../../contract/ids.ts";
import { limits } from "../../contract/limits.ts";
import { fleetShard, keys, table } from "../../contract/tables.ts";
import { canonicalJson } from "../../core/digest.ts";
import { UnreadableWorkers } from "../../core/unreadable-workers.ts";
import type { Clock } from "../../ports/clock.ts";
import type { BeatOutcome, FleetStore } from "../../ports/fleet-store.ts";
import { attribute, fromItem, type Item, toItem } from "./item.ts";
import type { TableIo } from "./table-io.ts";

const EXISTS = `attribute_exists(${table.pk})`;
const NOT_BURIED = "attribute_not_exists(buriedAtMs)";
const NOT_OLDER = "(attribute_not_exists(#counter) OR #counter <= :counter)";
const NOT_SOONER = "(attribute_not_exists(drainByMs) OR drainByMs > :by)";

/** The fleet store over DynamoDB; `clock` tells whether a tombstone has expired. */
export function dynamoFleetStore({ io, clock }: { io: TableIo; clock: Clock }): FleetStore {
  const current = (item: Item | undefined): WorkerItem | undefined => {
    const expiresAt = item?.[table.ttl]?.N;
    const expired = expiresAt !== undefined && Number(expiresAt) * 1_000 <= clock.nowMs();
    return item && !expired ? parse(item) : undefined;
  };

  return {
    async beat(beat, handled) {
      const { workerId, ...rest } = beat;
      const said = toItem(flat(rest));
      const fields = Object.keys(said);
      const sets = ["workerId = :workerId", ...fields.map((field) => `#${field} = :${field}`)].join(", ");
      const taken: Item = handled.length === 0 ? {} : { ":handled": { SS: [...new Set(handled.map(canonicalJson))] } };
      const { kind, item } = await io.update(keys.worker(workerId), {
        UpdateExpression: handled.length === 0 ? `SET ${sets}` : `SET ${sets} DELETE inbox :handled`,
        ConditionExpression: `${NOT_BURIED} AND ${NOT_OLDER}`,
        ExpressionAttributeNames: Object.fromEntries(fields.map((field) => [`#${field}`, field])),
        ExpressionAttributeValues: {
          ":workerId": attribute(workerId),
          ...Object.fromEntries(Object.entries(said).map(([field, value]) => [`:${field}`, value])),
          ...taken,
        },
      });
      if (kind === "applied") return alive(item);
      return item !== undefined && item.buriedAtMs === undefined ? { kind: "overtaken" } : { kind: "buried" };
    },

    async workers(shard) {
      const found: WorkerItem[] = [];
      const pages = io.pages({
        KeyConditionExpression: `${table.pk} = :pk`,
        ExpressionAttributeValues: { ":pk": attribute(fleetShard(shard)) },
        ConsistentRead: true,
      });
      const unread: unknown[] = [];
      for await (const page of pages) {
        for (const item of page) {
          try {
            const worker = current(item);
            if (worker !== undefined) found.push(worker);
          } catch (error) {
            unread.push(error);
          }
        }
      }
      const [first, ...more] = unread;
      if (unread.length > 0) throw new UnreadableWorkers(found, [first, ...more]);
      return found;
    },

    worker: async (id) => current(await io.get(keys.worker(id))),

    async notify(id, entry) {
      const text = canonicalJson(entry);
      const { kind, item } = await io.update(keys.worker(id), {
        UpdateExpression: "ADD inbox :entries",
        ConditionExpression: `${EXISTS} AND ${NOT_BURIED} AND (attribute_not_exists(inbox) OR size(inbox) < :max OR contains(inbox, :entry))`,
        ExpressionAttributeValues: {
          ":entries": { SS: [text] },
          ":entry": attribute(text),
          ":max": attribute(limits.inboxEntries),
        },
      });
      if (kind === "applied") return "delivered";
      return item && item.buriedAtMs === undefined ? "full" : "absent";
    },

    bury: (id, seen, nowMs) => bury(io, id, { seen, nowMs }),

    async requestDrain(id, deadlineAtMs) {
      const dated = deadlineAtMs !== undefined;
      const { kind, item } = await io.update(keys.worker(id), {
        UpdateExpression: dated ? "SET drain = :yes, drainByMs = :by" : "SET drain = :yes",
        ConditionExpression: [EXISTS, NOT_BURIED, ...(dated ? [NOT_SOONER] : [])].join(" AND "),
        ExpressionAttributeValues: toItem({ ":yes": true, ":by": deadlineAtMs }),
      });
      // Refused by an earlier deadline: it drains already.
      return kind === "applied" || (item?.drain?.BOOL === true && item.buriedAtMs === undefined);
    },

    async leave(id) {
      // A tombstone stays: whoever buried the worker still asks for its runs.
      await io.removeIf(keys.worker(id), { ConditionExpression: NOT_BURIED });
    },
  };
}

type Burial = { readonly seen: { readonly counter: number } | "end-seen"; readonly nowMs: number };

async function bury(io: TableIo, id: WorkerId, { seen, nowMs }: Burial): Promise<boolean> {
  const unchanged = seen === "end-seen" ? [] : ["#counter = :counter"];
  const { kind, item } = await io.update(keys.worker(id), {
    UpdateExpression: `SET buriedAtMs = :now, ${table.ttl} = :expires`,
    ConditionExpression: [EXISTS, NOT_BURIED, ...unchanged].join(" AND "),
    ...(seen === "end-seen" ? {} : { ExpressionAttributeNames: { "#counter": "counter" } }),
    ExpressionAttributeValues: toItem({
      ":now": nowMs,
      ":expires": Math.ceil((nowMs + limits.tombstoneMs) / 1_000),
      ":counter": seen === "end-seen" ? undefined : seen.counter,
    }),
  });
  // Refused by our own burial, whose answer was lost.
  return kind === "applied" || item?.buriedAtMs?.N === String(nowMs);
}

const inboxOf = (item: Item): InboxEntry[] =>
  (item.inbox?.SS ?? []).flatMap((text) => {
    // A kind that this version does not know is for a newer one.
    const entry = inboxEntry.safeParse(JSON.parse(text));
    return entry.success ? [entry.data] : [];
  });

/** What a beat says in one text each: an item is flat. */
const TEXTS = ["place", "tenants", "heldBack", "budgets"] as const;
type Texts = Record<(typeof TEXTS)[number], string | undefined>;

function flat({ place, tenants, heldBack, budgets, ...rest }: Omit<WorkerBeat, "workerId">) {
  const text = (value: unknown): string | undefined => (value === undefined ? undefined : canonicalJson(value));
  const texts: Texts = { place: text(place), tenants: text(tenants), heldBack: text(heldBack), budgets: text(budgets) };
  return { ...rest, ...texts };
}

const textsOf = (item: Item): Record<string, unknown> =>
  Object.fromEntries(
    TEXTS.flatMap((field) => {
      const text = item[field]?.S;
      return text === undefined ? [] : [[field, JSON.parse(text)]];
    }),
  );

const parse = (item: Item): WorkerItem =>
  workerItem.parse({ drain: false, ...fromItem(item), ...textsOf(item), inbox: inboxOf(item) });

function alive(item: Item | undefined): BeatOutcome {
  if (!item) throw new Error("a heartbeat was answered without the item");
  const by = item.drainByMs?.N === undefined ? {} : { drainByMs: Number(item.drainByMs.N) };
  return { kind: "alive", drain: item.drain?.BOOL ?? false, ...by, inbox: inboxOf(item) };
}
