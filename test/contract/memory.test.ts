/** Every contract suite on the memory fakes. */
import { manualClock } from "../../services/adapters/memory/manual-clock.ts";
import { memoryWorld } from "../../services/adapters/memory/world.ts";
import { contentStoreContract } from "./content-store.contract.ts";
import { suiteTimeMs } from "./fixture.ts";
import { fleetStoreContract } from "./fleet-store.contract.ts";
import { historyStoreContract } from "./history-store.contract.ts";
import { keyStoreContract } from "./key-store.contract.ts";
import { objectStoreContract } from "./object-store.contract.ts";
import { queueContract } from "./queue.contract.ts";
import { runIndexContract } from "./run-index.contract.ts";
import { runStoreContract } from "./run-store.contract.ts";

const aWorld = () => memoryWorld({ clock: manualClock(suiteTimeMs) });
const dispose = async () => {};

runStoreContract("memory", async () => {
  const { runs, faults } = aWorld();
  return { port: runs, dispose, loseAnswer: () => faults.failNext("runs.write", "lost-answer") };
});
runIndexContract("memory", async () => {
  const { runs, index } = aWorld();
  return { port: index, runs, dispose };
});
historyStoreContract("memory", async () => ({ port: aWorld().history, dispose }));
contentStoreContract("memory", async () => ({ port: aWorld().contents, dispose }));
objectStoreContract("memory", async () => ({ port: aWorld().objects, dispose }));
keyStoreContract("memory", async () => ({ port: aWorld().keys, dispose }));
fleetStoreContract("memory", async () => ({ port: aWorld().fleet, dispose }));
queueContract("memory", async () => {
  const clock = manualClock(suiteTimeMs);
  const { queue } = memoryWorld({ clock });
  return {
    port: queue,
    dispose,
    advance: (ms) => clock.advance(ms),
    sendRaw: async (lane, body) => queue.sendRaw(lane, body),
  };
});
