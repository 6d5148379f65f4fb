import { isDeepStrictEqual } from "node:util";
import type { ManualOrder, PoolAnswer } from "../../contract/capacity.ts";
import type { ScalingEvent } from "../../contract/capacity-events.ts";
import { limits } from "../../contract/limits.ts";
import type { ScalingStores } from "../../ports/scaling-stores.ts";
import type { Faults } from "./faults.ts";

/** A value that a lower epoch than its writer's does not replace. */
function fenced<T>(faults: Faults) {
  let kept: { readonly epoch: number; readonly value: T } | undefined;
  return {
    read: () => faults.run("scaling.read", () => structuredClone(kept?.value)),
    keep: (epoch: number, value: T) =>
      faults.run("scaling.keep", () => {
        if (kept !== undefined && kept.epoch > epoch) return false;
        kept = { epoch, value: structuredClone(value) };
        return true;
      }),
  };
}

/** Values and two maps. */
export function memoryScalingStores(faults: Faults): ScalingStores {
  let order: ManualOrder | undefined;
  let kicked: string | undefined;
  let woken: { readonly by: string; readonly atMs: number } | undefined;
  const answers = new Map<string, PoolAnswer>();
  const events = new Map<string, ScalingEvent>();
  const state = fenced<NonNullable<Awaited<ReturnType<ScalingStores["memory"]["state"]>>>>(faults);
  const profile = fenced<NonNullable<Awaited<ReturnType<ScalingStores["memory"]["profile"]>>>>(faults);
  const summary = fenced<NonNullable<Awaited<ReturnType<ScalingStores["memory"]["summary"]>>>>(faults);
  const desk = <T>(act: () => T) => faults.run("scaling.desk", act);
  return {
    memory: {
      state: state.read,
      keepState: state.keep,
      profile: profile.read,
      keepProfile: profile.keep,
      summary: summary.read,
      publish: (value) => summary.keep(value.epoch, value),
    },
    desk: {
      order: () => desk(() => structuredClone(order)),
      changeOrder: (before, after) =>
        desk(() => {
          if (!isDeepStrictEqual(before, order)) return false;
          order = structuredClone(after);
          return true;
        }),
      answers: () => desk(() => [...answers.values()]),
      tellAnswer: (answer) => desk(() => void answers.set(`${answer.pool} ${answer.kind}`, { ...answer })),
      kick: (token) =>
        desk(() => {
          kicked = token;
        }),
      lastKick: () => desk(() => kicked),
      mayWake: (by, nowMs) =>
        desk(() => {
          if (woken !== undefined && nowMs - woken.atMs < limits.wakeEveryMs) return woken.by === by;
          woken = { by, atMs: nowMs };
          return true;
        }),
    },
    log: {
      append: (some) =>
        faults.run("scaling.append", () => {
          for (const event of some) if (!events.has(event.id)) events.set(event.id, structuredClone(event));
        }),
      list: (limit, before) =>
        faults.run("scaling.read", () => {
          const ids = [...events.keys()].filter((id) => before === undefined || id < before).toSorted();
          const newest = ids.toReversed().slice(0, limit);
          return newest.flatMap((id) => events.get(id) ?? []).map((event) => structuredClone(event));
        }),
    },
  };
}
