/** Accounts of budgets in DynamoDB: one item a window, an attribute for each worker that holds a part of it. */
import { type BudgetId, budgetSettings, noBudgetSettings } from "../../contract/budgets.ts";
import type { WorkerId } from "../../contract/ids.ts";
import { limits } from "../../contract/limits.ts";
import { keys, table } from "../../contract/tables.ts";
import { type BudgetAccount, type BudgetEntry, emptyAccount, wasMoved } from "../../core/budget-account.ts";
import { windowEndMs } from "../../core/budget-window.ts";
import { sha256 } from "../../core/digest.ts";
import type { BudgetStore } from "../../ports/budget-store.ts";
import { attribute, type Item, toItem } from "./item.ts";
import type { TableIo } from "./table-io.ts";

/** Characters of a worker's attribute: hundreds of them share an item that every lease rewrites. */
const NAME_CHARS = 12;
const nameOf = (worker: WorkerId): string => `b${sha256(worker).slice(0, NAME_CHARS)}`;

/** One text, so that one equality guards all of an entry. */
const textOf = ({ op, leased, spent }: BudgetEntry): string => `${op}:${leased}:${spent}`;

function entryOf(text: string | undefined): BudgetEntry | undefined {
  if (text === undefined) return undefined;
  const [op, leased, spent] = text.split(":").map(Number);
  if (op === undefined || leased === undefined || spent === undefined) throw new TypeError(`no budget entry: ${text}`);
  return { op, leased, spent };
}

function accountOf(item: Item | undefined, worker: WorkerId | undefined): BudgetAccount {
  if (item === undefined) return emptyAccount;
  const number = (field: string) => Number(item[field]?.N ?? 0);
  const entry = worker === undefined ? undefined : entryOf(item[nameOf(worker)]?.S);
  return { leasedMicroUsd: number("leased"), spentMicroUsd: number("spent"), entry };
}

/** When the account of a window may go. */
const expiryOf = (id: BudgetId): number => Math.ceil((windowEndMs(id) + limits.keepEndedMs) / 1_000);

/** The budget store over DynamoDB. */
export function dynamoBudgetStore(io: TableIo): BudgetStore {
  return {
    read: async (id, worker) => accountOf(await io.get(keys.budget(id)), worker),

    async move(id, move) {
      const { worker, from, to, leasedBy, spentBy, leasedMax } = move;
      const set = `SET ${table.ttl} = :expires${to === undefined ? " REMOVE #entry" : ", #entry = :to"}`;
      const held = from === undefined ? "attribute_not_exists(#entry)" : "#entry = :from";
      const room = leasedMax === undefined ? "" : " AND (attribute_not_exists(leased) OR leased <= :max)";
      const { kind, item } = await io.update(keys.budget(id), {
        UpdateExpression: `${set} ADD leased :leased, spent :spent`,
        ConditionExpression: `${held}${room}`,
        ExpressionAttributeNames: { "#entry": nameOf(worker) },
        ExpressionAttributeValues: {
          ":expires": attribute(expiryOf(id)),
          ":leased": attribute(leasedBy),
          ":spent": attribute(spentBy),
          ...(to === undefined ? {} : { ":to": attribute(textOf(to)) }),
          ...(from === undefined ? {} : { ":from": attribute(textOf(from)) }),
          ...(leasedMax === undefined ? {} : { ":max": attribute(leasedMax) }),
        },
      });
      const account = accountOf(item, worker);
      if (kind === "applied") return { kind: "moved", account };
      return { kind: wasMoved(account, move) ? "found" : "refused", account };
    },

    async settings() {
      const text = (await io.get(keys.budgetSettings))?.text?.S;
      return text === undefined ? noBudgetSettings : budgetSettings.parse(JSON.parse(text));
    },

    async changeSettings(settings) {
      const before = settings.version - 1;
      const { kind, item } = await io.putIf({
        Item: toItem({ ...keys.budgetSettings, version: settings.version, text: JSON.stringify(settings) }),
        ConditionExpression: before === 0 ? `attribute_not_exists(${table.pk})` : "#version = :before",
        ...(before === 0
          ? {}
          : {
              ExpressionAttributeNames: { "#version": "version" },
              ExpressionAttributeValues: { ":before": attribute(before) },
            }),
      });
      // Refused by our own change, whose answer was lost.
      return kind === "applied" || item?.text?.S === JSON.stringify(settings);
    },
  };
}
