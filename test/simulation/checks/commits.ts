/** Promise 2, first half: no two workers ever commit the same turn. */
import type { Check } from "./observer.ts";

/** Epochs and turn numbers never go back; a claim and a move by somebody else raise the epoch. */
export const epochsGrow: Check = (report) => ({
  head: ({ file, before, after, by }) => {
    if (before === undefined) return;
    if (after.epoch < before.epoch) report("epochsGrow", file, `epoch ${before.epoch} -> ${after.epoch}`);
    if (after.turn < before.turn) report("epochsGrow", file, `turn ${before.turn} -> ${after.turn}`);
    const claimed = before.state === "QUEUED" && after.state === "RUNNING";
    const lost = before.state === "RUNNING" && after.state !== "RUNNING" && by?.name !== before.holder;
    if ((claimed || lost) && after.epoch <= before.epoch)
      report("epochsGrow", file, `${claimed ? "claimed" : "taken away"} by ${by?.name} under epoch ${before.epoch}`);
  },
});

/** A turn is committed once, by the holder under its epoch; a claim needs a queued run. */
export const turnsCommitOnce: Check = (report) => ({
  head: ({ file, before, after, by }) => {
    if (before === undefined) return;
    if (after.turn !== before.turn) {
      const lawful = before.state === "RUNNING" && by?.name === before.holder && after.turn === before.turn + 1;
      if (!lawful)
        report("turnsCommitOnce", file, `${by?.name} committed turn ${before.turn} held by ${before.holder}`);
      if (after.epoch !== before.epoch) report("turnsCommitOnce", file, "a commit changed the epoch");
    }
    if (after.state === "RUNNING" && after.holder !== before.holder && before.state !== "QUEUED")
      report("turnsCommitOnce", file, `${after.holder} claimed a run that ${before.holder} holds`);
  },
});

/** The delta of a turn is durable before the head that makes it count, under the same epoch. */
export const deltaComesFirst: Check = (report) => ({
  delta: (file, delta) => {
    const uses = delta.messages.at(-1)?.content;
    const ids = Array.isArray(uses)
      ? uses.flatMap((block) => (block.type === "tool_use" ? [String(block.id)] : []))
      : [];
    file.deltas.set(`${delta.turn}#${delta.epoch}`, ids);
  },
  head: ({ file, before, after }) => {
    if (before === undefined || after.turn === before.turn) return;
    const tools = file.deltas.get(`${before.turn}#${after.epoch}`);
    if (tools === undefined) report("deltaComesFirst", file, `turn ${before.turn} counts and has no delta`);
    else file.committedTools = tools;
  },
});

/** A call goes on from the committed conversation: nothing is lost of it, nothing is in it twice. */
export const conversationsGoOn: Check = (report) => ({
  modelCall: ({ file, request }) => {
    if (file.head?.turn !== request.turn) return;
    const answers = request.messages.filter(({ role }) => role === "assistant").length;
    const last = request.messages.at(-1);
    const results = Array.isArray(last?.content)
      ? last.content.flatMap((block) => (block.type === "tool_result" ? [String(block.tool_use_id)] : []))
      : [];
    if (answers !== request.turn - 1)
      report("conversationsGoOn", file, `turn ${request.turn} sends ${answers} answers`);
    else if (results.join() !== file.committedTools.join())
      report("conversationsGoOn", file, `turn ${request.turn} answers ${results}, asked were ${file.committedTools}`);
  },
});
