/** The published backlog: one item with one JSON text. */
import { backlog } from "../../contract/backlog.ts";
import { keys } from "../../contract/tables.ts";
import type { BacklogStore } from "../../ports/backlog-store.ts";
import { toItem } from "./item.ts";
import type { TableIo } from "./table-io.ts";

/** The backlog store over DynamoDB. */
export function dynamoBacklogStore(io: TableIo): BacklogStore {
  return {
    publish: (value) => io.put(toItem({ ...keys.backlog, text: JSON.stringify(value) })),
    async latest() {
      const text = (await io.get(keys.backlog))?.text?.S;
      return text === undefined ? undefined : backlog.parse(JSON.parse(text));
    },
  };
}
