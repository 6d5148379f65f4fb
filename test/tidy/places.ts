/** Where things are in the house: the words that rules use for sets of files. */

const inside = (path: string, ...folders: readonly string[]): boolean =>
  folders.some((folder) => path.startsWith(`${folder}/`));

/** What ships: everything but tests and settings. */
export const isProduct = (path: string): boolean => inside(path, "services", "lib", "bin");

/** Programs: the only files that may look at the process that they are. */
export const isEntry = (path: string): boolean =>
  inside(path, "bin", "test/bench", "test/drill") || /^(services|test)\/.*\/(main|handler)\.ts$/.test(path);

/** Where time and chance are made: the system's adapters, stand-ins that play another machine, and the hand-moved clock. */
export const makesTime = (path: string): boolean =>
  path === "services/adapters/memory/manual-clock.ts" ||
  inside(
    path,
    "services/adapters/system",
    "services/local/claude-stub",
    "services/local/dynamodb",
    "services/local/queue",
  );

/** Where a test may wait by the clock: what others wait with, what measures, and what tests the real clock. */
export const mayWait = (path: string): boolean =>
  inside(path, "test/bench", "test/drill", "test/support") || path === "test/contract/system.test.ts";

/** A test that is run, or a suite that a test calls. */
export const isTest = (path: string): boolean => /\.(test|contract)\.ts$/.test(path);

/** The layer of a service's file: `contract`, `core`, `adapters/aws`, `api`, ... */
export function layerOf(path: string): string | undefined {
  const [top, second, third] = path.split("/");
  if (top !== "services") return top === "lib" || top === "bin" || top === "test" ? top : undefined;
  return second === "adapters" ? `adapters/${third}` : second;
}
