import type { RunId } from "../../contract/ids.ts";
import { keys } from "../../contract/tables.ts";
import type { LiveText, ToolRecord, TurnDelta } from "../../contract/turn.ts";
import type { HistoryStore } from "../../ports/history-store.ts";
import type { Faults } from "./faults.ts";

/** Deltas by sort key, tool records by tool use id, live text: of one run. Values are copied on the way in and out. */
type History = { readonly deltas: Map<string, TurnDelta>; readonly tools: Map<string, ToolRecord>; live?: LiveText };

/** Histories in maps; a delta of any size is kept like a small one. */
export function memoryHistoryStore(faults: Faults): HistoryStore {
  const histories = new Map<RunId, History>();
  const historyOf = (id: RunId): History => {
    const history = histories.get(id) ?? { deltas: new Map(), tools: new Map() };
    histories.set(id, history);
    return history;
  };
  return {
    putDelta: (delta) =>
      faults.run("history.putDelta", () => {
        const { sk } = keys.turn(delta.runId, delta.turn, delta.epoch);
        historyOf(delta.runId).deltas.set(sk, structuredClone(delta));
      }),
    deltas: (id, from, below, max = Number.POSITIVE_INFINITY) =>
      faults.run("history.deltas", () => {
        const deltas = [...(histories.get(id)?.deltas.values() ?? [])];
        const winners = new Map<number, TurnDelta>();
        for (const delta of deltas.sort((a, b) => a.turn - b.turn || a.epoch - b.epoch)) {
          if (delta.turn >= from && delta.turn < below) winners.set(delta.turn, delta);
        }
        return structuredClone([...winners.values()].slice(0, max));
      }),
    intendTool: (record) =>
      faults.run("history.intendTool", () => {
        const { tools } = historyOf(record.runId);
        const there = tools.get(record.toolUseId) ?? { ...record };
        tools.set(record.toolUseId, there);
        return { ...there };
      }),
    completeTool: (record) =>
      faults.run("history.completeTool", () => {
        historyOf(record.runId).tools.set(record.toolUseId, { ...record });
      }),
    putLive: (text) =>
      faults.run("history.putLive", () => {
        historyOf(text.runId).live = { ...text };
      }),
    live: (id) => faults.run("history.live", () => histories.get(id)?.live),
  };
}
