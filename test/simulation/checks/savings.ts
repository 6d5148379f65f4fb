/** Remembered answers and batches: whose answer a run gets, what it spends for it, and what a doubt of a batch may rest on. */
import type { RunFile } from "../world/run-file.ts";
import type { Check } from "./observer.ts";

const textOf = (content: unknown): string => {
  const [first]: unknown[] = Array.isArray(content) ? content : [];
  return typeof first === "object" && first !== null && "text" in first ? String(first.text) : "";
};

/** The last answer of a run was given to this run; a remembered one to a run of the same tenant. */
export const answersAreOnesOwn: Check = (report) => ({
  delta: (file, { messages }) => {
    const text = textOf(messages.at(-1)?.content);
    if (!text.startsWith("done")) return;
    const mine = file.head?.agent === "pure" ? `done for ${file.head.tenant}` : `done ${file.id}`;
    if (text !== mine) report("answersAreOnesOwn", file, `a run of ${file.head?.tenant} got "${text}"`);
  },
});

/** What a committed turn adds to the spend is what its delta says; a remembered answer costs nothing. */
export const spendIsTheDeltas: Check = (report) => {
  const costs = new Map<string, { readonly costMicroUsd: number; readonly via: string | undefined }>();
  const keyOf = (file: RunFile, turn: number, epoch: number) => `${file.id} ${turn} ${epoch}`;
  return {
    delta: (file, { turn, epoch, costMicroUsd, via }) =>
      void costs.set(keyOf(file, turn, epoch), { costMicroUsd, via }),
    head: ({ file, before, after }) => {
      if (before === undefined || after.turn === before.turn) return;
      const spent = after.spentMicroUsd - before.spentMicroUsd;
      const said = costs.get(keyOf(file, before.turn, after.epoch));
      costs.delete(keyOf(file, before.turn, after.epoch));
      if (said?.via === "memo") file.remembered++;
      if (said !== undefined && (spent !== said.costMicroUsd || (said.via === "memo" && spent !== 0)))
        report("spendIsTheDeltas", file, `${spent} are spent; the turn costs ${said.costMicroUsd}, via ${said.via}`);
    },
  };
};
