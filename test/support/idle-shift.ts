/** What an installation uses while nothing is queued and nothing runs: the real controller's shift, counted call by call. */
import { systemChance } from "../../services/adapters/system/chance.ts";
import { systemClock } from "../../services/adapters/system/clock.ts";
import { limits } from "../../services/contract/limits.ts";
import { Controller } from "../../services/controller/controller.ts";
import { workShift } from "../../services/controller/shift.ts";
import { awsDeployment } from "./aws-deployment.ts";
import { embeddedAws } from "./embedded-aws.ts";
import type { ShiftUsage } from "./idle-usage.ts";

const size = (value: unknown): number => (Array.isArray(value) ? value.length : 0);

/** Units of a call: items are small, so that each that is read or written is one. */
function units(command: string, input: Readonly<Record<string, unknown>>): { reads: number; writes: number } {
  const batch = Object.values(input.RequestItems ?? {});
  if (command === "BatchGetItemCommand")
    return { reads: batch.reduce((sum, { Keys }) => sum + size(Keys), 0), writes: 0 };
  if (command === "BatchWriteItemCommand") return { reads: 0, writes: batch.reduce((sum, one) => sum + size(one), 0) };
  if (/^(Get|Query|Scan)/.test(command)) return { reads: 1, writes: 0 };
  if (/^(Put|Update|Delete)/.test(command)) return { reads: 0, writes: 1 };
  throw new Error(`${command}: no price is known`);
}

/** Runs an idle controller over the stand-ins, twice: the first shift of an installation also makes what it keeps. */
export async function idleShift(): Promise<ShiftUsage & { readonly ended: "idle" | "over" }> {
  const servers = await embeddedAws();
  const made = await awsDeployment(servers);
  try {
    const [lanes, dead] = [await made.newQueue(), await made.newQueue()];
    const count = { tableReads: 0, tableWrites: 0, queueRequests: 0 };
    for (const client of [made.clients.dynamodb, made.clients.once])
      client.middlewareStack.add(
        (next, context) => (args) => {
          const { reads, writes } = units(String(context.commandName), { ...args.input });
          count.tableReads += reads;
          count.tableWrites += writes;
          return next(args);
        },
        { step: "initialize", name: "units" },
      );
    made.clients.sqs.middlewareStack.add(
      (next) => (args) => {
        count.queueRequests++;
        return next(args);
      },
      { step: "initialize", name: "requests" },
    );
    const controller = new Controller({
      ...made.stores,
      queue: lanes.port,
      deadLetters: dead.port,
      clock: made.clock,
      chance: systemChance,
      events: { emit: () => undefined },
    });
    await workShift(controller, systemClock, { forMs: limits.shiftMs });
    Object.assign(count, { tableReads: 0, tableWrites: 0, queueRequests: 0 });
    const ended = await workShift(controller, systemClock, { forMs: limits.shiftMs });
    return { ended, ...count };
  } finally {
    await made.dispose();
    await servers.stop();
  }
}
