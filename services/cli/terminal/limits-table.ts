/** Rate limits as a table. */
import type { LimitView } from "../../contract/limit-view.ts";
import { type Column, table } from "./table.ts";

const column = (title: string, field: keyof NonNullable<LimitView["limit"]>): Column<LimitView> => ({
  title,
  cell: ({ limit }) => (limit === undefined ? "" : String(limit[field])),
  align: "right",
});

function whyOf({ limit, setBy, server, pausedUntil }: LimitView): string {
  if (limit === undefined) return "not used yet";
  const said = Object.entries(server ?? {}).map(([field, value]) => `the server says ${field} ${value}`);
  return [
    setBy === "operator" ? "set at run time" : "settings",
    ...said,
    ...(pausedUntil === undefined ? [] : [`paused until ${pausedUntil}`]),
  ].join("; ");
}

export function limitsTable(all: readonly LimitView[]): string {
  return table<LimitView>(
    [
      { title: "CLASS", cell: (one) => one.limitClass },
      { title: "PLATFORM", cell: (one) => one.platform ?? "" },
      column("REQUESTS/MIN", "requestsPerMinute"),
      column("BURST", "burstSize"),
      column("INPUT TOKENS/MIN", "inputTokensPerMinute"),
      column("OUTPUT TOKENS/MIN", "outputTokensPerMinute"),
      {
        title: "NOW",
        cell: ({ share }) => (share === undefined ? "" : `${Math.round(share * 100)} %`),
        align: "right",
      },
      { title: "BY", cell: whyOf },
    ],
    all,
  );
}
