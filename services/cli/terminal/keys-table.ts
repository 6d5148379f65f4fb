/** API keys as a table. */
import type { z } from "zod";
import type { keyView } from "../../contract/http.ts";
import { table } from "./table.ts";

type KeyView = z.infer<typeof keyView>;

export function keysTable(keys: readonly KeyView[]): string {
  return table<KeyView>(
    [
      { title: "ID", cell: (key) => key.id },
      { title: "TENANT", cell: (key) => key.tenant },
      { title: "ROLE", cell: (key) => key.role },
      { title: "NAME", cell: (key) => key.name },
      { title: "CREATED", cell: (key) => key.createdAt },
      { title: "REVOKED", cell: (key) => key.revokedAt ?? "" },
    ],
    keys,
  );
}
