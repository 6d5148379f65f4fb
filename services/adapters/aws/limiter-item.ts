/** The item of a limit class and its updates, as DynamoDB writes them. */
import type { UpdateItemCommandInput } from "@aws-sdk/client-dynamodb";
import { z } from "zod";
import { dimensions, rateControl } from "../../contract/rate.ts";
import type { Tally } from "../../core/breaker.ts";
import type { Moves } from "../../core/limiter.ts";
import type { BookWrite, LimitItem } from "../../ports/limiter-store.ts";
import { attribute, fromItem, type Item } from "./item.ts";

/** The parts of an update that differ from write to write. */
export type LimiterUpdate = Pick<
  UpdateItemCommandInput,
  "UpdateExpression" | "ConditionExpression" | "ExpressionAttributeNames" | "ExpressionAttributeValues"
>;

const stored = z.object({ version: z.int(), control: z.string(), requests: z.int(), input: z.int(), output: z.int() });

/** Counts are attributes of their own (`c` calls, `f` failures, then the stretch of time), so that `ADD` never resets one. */
const TALLY = /^([cf])(\d+)$/;

/** Parses an item. Throws on one that we never wrote. */
export function limitItemOf(item: Item): LimitItem {
  const plain = fromItem(item);
  const { version, control, requests, input, output } = stored.parse(plain);
  const tallies = new Map<number, Tally>();
  for (const [name, value] of Object.entries(plain)) {
    const [, kind, bucket] = TALLY.exec(name) ?? [];
    if (kind === undefined) continue;
    const before = tallies.get(Number(bucket)) ?? { calls: 0, failures: 0 };
    tallies.set(Number(bucket), { ...before, [kind === "c" ? "calls" : "failures"]: Number(value) });
  }
  return {
    version,
    control: rateControl.parse(JSON.parse(control)),
    positions: { requests, input, output },
    tallies,
  };
}

/** The update that makes the item; refused when it is there. */
export const beginUpdate = (control: LimitItem["control"], exists: string): LimiterUpdate => ({
  UpdateExpression: "SET #version = :one, #control = :control, #requests = :zero, #input = :zero, #output = :zero",
  ConditionExpression: exists,
  ExpressionAttributeNames: {
    "#version": "version",
    "#control": "control",
    "#requests": "requests",
    "#input": "input",
    "#output": "output",
  },
  ExpressionAttributeValues: {
    ":one": attribute(1),
    ":zero": attribute(0),
    ":control": attribute(JSON.stringify(control)),
  },
});

/** The update that replaces the control record of a version. */
export const changeUpdate = (version: number, control: LimitItem["control"]): LimiterUpdate => ({
  UpdateExpression: "SET #version = :next, #control = :control",
  ConditionExpression: "#version = :version",
  ExpressionAttributeNames: { "#version": "version", "#control": "control" },
  ExpressionAttributeValues: {
    ":version": attribute(version),
    ":next": attribute(version + 1),
    ":control": attribute(JSON.stringify(control)),
  },
});

type Parts = { sets: string[]; conditions: string[]; names: Record<string, string>; values: Item };

function addMoves(parts: Parts, moves: Moves): void {
  for (const dimension of dimensions) {
    const move = moves[dimension];
    const [name, bound, value] = [`#${dimension}`, `:${dimension}Bound`, `:${dimension}`];
    parts.names[name] = dimension;
    if (move.kind === "ahead") {
      parts.sets.push(`${name} = ${name} + ${value}`);
      parts.conditions.push(`${name} >= ${bound}`);
    } else {
      parts.sets.push(`${name} = ${value}`);
      parts.conditions.push(`${name} < ${bound}`);
    }
    parts.values[bound] = attribute(move.kind === "ahead" ? move.from : move.below);
    parts.values[value] = attribute(move.kind === "ahead" ? move.add : move.to);
  }
}

/** The update of a booking: positions, counts, and the removal of old counts, under the version and the positions' bounds. */
export function bookUpdate(version: number, { moves, tallies, forget }: BookWrite): LimiterUpdate {
  const parts: Parts = {
    sets: [],
    conditions: ["#version = :version"],
    names: { "#version": "version" },
    values: { ":version": attribute(version) },
  };
  addMoves(parts, moves);
  const adds: string[] = [];
  for (const [bucket, { calls, failures }] of tallies) {
    for (const [kind, count] of [
      ["c", calls],
      ["f", failures],
    ] as const) {
      if (count === 0) continue;
      adds.push(`#${kind}${bucket} :${kind}${bucket}`);
      parts.names[`#${kind}${bucket}`] = `${kind}${bucket}`;
      parts.values[`:${kind}${bucket}`] = attribute(count);
    }
  }
  const gone = forget.flatMap((bucket) => [`c${bucket}`, `f${bucket}`]).filter((name) => !(`#${name}` in parts.names));
  for (const name of gone) parts.names[`#${name}`] = name;
  return {
    UpdateExpression: [
      `SET ${parts.sets.join(", ")}`,
      ...(adds.length === 0 ? [] : [`ADD ${adds.join(", ")}`]),
      ...(gone.length === 0 ? [] : [`REMOVE ${gone.map((name) => `#${name}`).join(", ")}`]),
    ].join(" "),
    ConditionExpression: parts.conditions.join(" AND "),
    ExpressionAttributeNames: parts.names,
    ExpressionAttributeValues: parts.values,
  };
}
