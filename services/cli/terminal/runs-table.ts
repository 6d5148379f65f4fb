/** Runs as a table. */
import type { RunView } from "../../contract/http.ts";
import { runMs } from "./run-text.ts";
import { type Style, toneOf } from "./style.ts";
import { type Column, table } from "./table.ts";
import { duration, usd } from "./units.ts";

export function runsTable(runs: readonly RunView[], style: Style, nowMs: number): string {
  const tookMs = (run: RunView) => runMs(run) ?? Math.max(0, nowMs - Date.parse(run.createdAt));
  const columns: readonly Column<RunView>[] = [
    { title: "ID", cell: (run) => run.id },
    { title: "STATE", cell: (run) => style(toneOf(run.state), run.state) },
    { title: "AGENT", cell: (run) => run.agent },
    { title: "LANE", cell: (run) => run.lane },
    { title: "TURNS", cell: (run) => String(run.turns), align: "right" },
    { title: "COST", cell: (run) => usd(run.cost.spentMicroUsd), align: "right" },
    { title: "TIME", cell: (run) => duration(tookMs(run)), align: "right" },
    { title: "CREATED", cell: (run) => run.createdAt },
    { title: "REASON", cell: (run) => (run.reason === undefined || run.reason === "completed" ? "" : run.reason) },
  ];
  return table(columns, runs);
}
