/** What scaling keeps, and the lease of who leads, behind the network of one process. */
import type { LeaseStore } from "../../../services/ports/lease-store.ts";
import type { ScalingStores } from "../../../services/ports/scaling-stores.ts";
import type { Caller } from "./ports.ts";

export function scalingBehind({ memory, desk, log }: ScalingStores, { read, write }: Caller): ScalingStores {
  return {
    memory: {
      state: () => read("scaling.state", () => memory.state()),
      keepState: (epoch, state) => write("scaling.keepState", () => memory.keepState(epoch, state)),
      profile: () => read("scaling.profile", () => memory.profile()),
      keepProfile: (epoch, profile) => write("scaling.keepProfile", () => memory.keepProfile(epoch, profile)),
      summary: () => read("scaling.summary", () => memory.summary()),
      publish: (summary) => write("scaling.publish", () => memory.publish(summary)),
    },
    desk: {
      order: () => read("scaling.order", () => desk.order()),
      changeOrder: (before, after) => write("scaling.changeOrder", () => desk.changeOrder(before, after)),
      answers: () => read("scaling.answers", () => desk.answers()),
      tellAnswer: (answer) => write("scaling.tellAnswer", () => desk.tellAnswer(answer)),
      kick: (token) => write("scaling.kick", () => desk.kick(token)),
      mayWake: (...args) => write("scaling.mayWake", () => desk.mayWake(...args)),
      lastKick: () => read("scaling.lastKick", () => desk.lastKick()),
    },
    log: {
      append: (events) => write("scaling.append", () => log.append(events)),
      list: (limit, before) => read("scaling.list", () => log.list(limit, before)),
    },
  };
}

export const leasesBehind = (leases: LeaseStore, { read, write }: Caller): LeaseStore => ({
  read: () => read("leases.read", () => leases.read()),
  replace: (next, over) => write("leases.replace", () => leases.replace(next, over)),
});
