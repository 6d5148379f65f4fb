import type { RunId } from "../../contract/ids.ts";
import { type LiveText, type ToolRecord, turnDelta } from "../../contract/turn.ts";
import type { HistoryStore } from "../../ports/history-store.ts";
import type { Faults } from "./faults.ts";

/**
 * Deltas by turn and epoch, tool records by tool use id, live text: of one run. Deltas are kept as text: what a caller
 * holds never changes them, and what JSON cannot hold is not kept.
 */
type Kept = { readonly turn: number; readonly epoch: number; readonly text: string };
type History = { readonly deltas: Map<string, Kept>; readonly tools: Map<string, ToolRecord>; live?: LiveText };

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
        const { turn, epoch } = delta;
        historyOf(delta.runId).deltas.set(`${turn}#${epoch}`, { turn, epoch, text: JSON.stringify(delta) });
      }),
    deltas: (id, from, below, max = Number.POSITIVE_INFINITY) =>
      faults.run("history.deltas", () => {
        const deltas = [...(histories.get(id)?.deltas.values() ?? [])];
        const winners = new Map<number, Kept>();
        for (const delta of deltas.sort((a, b) => a.turn - b.turn || a.epoch - b.epoch)) {
          if (delta.turn >= from && delta.turn < below) winners.set(delta.turn, delta);
        }
        return [...winners.values()].slice(0, max).map(({ text }) => turnDelta.parse(JSON.parse(text)));
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
