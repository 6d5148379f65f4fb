/**
 * Preloaded into every child of the local twin (`node --import`). Three things that only the twin needs, so that the
 * programs themselves need no branch for it:
 *
 * - a child never outlives its supervisor: it ends when the channel to it closes, even if the supervisor was killed;
 * - it loads the modules that it will need while the stores are still starting (`warm`);
 * - its program starts when the supervisor opens the gate (`go`): then the stores and their tables are there.
 *
 * No schema library here: it would be a third of the start of the small servers.
 */

/** Exit code of a child whose supervisor is gone. */
const ORPHANED = 70;

type Order = { readonly kind: "warm"; readonly modules: readonly string[] } | { readonly kind: "go" };

const isOrder = (message: unknown): message is Order =>
  typeof message === "object" &&
  message !== null &&
  "kind" in message &&
  (message.kind === "go" || (message.kind === "warm" && "modules" in message && Array.isArray(message.modules)));

process.on("disconnect", () => process.exit(ORPHANED));

await new Promise<void>((resolve, reject) => {
  let warming: Promise<unknown> = Promise.resolve();
  const hear = (message: unknown): void => {
    if (!isOrder(message)) return;
    if (message.kind === "warm") {
      warming = Promise.all(message.modules.map((module) => import(module)));
      warming.catch(reject);
      return;
    }
    // Messages that come from now on wait for the program's own listener.
    process.off("message", hear);
    process.channel?.unref();
    warming.then(() => resolve(), reject);
  };
  process.on("message", hear);
});
