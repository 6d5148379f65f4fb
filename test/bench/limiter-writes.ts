/** How many writes of the limiter a twin's store was sent: a witness beside both, in the store's own process. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Variable that names the file for the count; by its beginning one of the embedded servers, so that the twin hands it on. */
export const COUNT_FILE = "EMULATOR_LIMITER_WRITES";

const preload = fileURLToPath(new URL("./count-limiter-writes.ts", import.meta.url));

/** `env` is for the twin; `count` reads the number once the twin has stopped, and takes the file away. */
export async function limiterWrites() {
  const folder = await mkdtemp(join(tmpdir(), "muster-writes-"));
  const file = join(folder, "count");
  return {
    env: { [COUNT_FILE]: file, NODE_OPTIONS: `--import=${preload}` },
    count: async (): Promise<number> => {
      const text = await readFile(file, "utf8");
      await rm(folder, { recursive: true });
      return Number(text);
    },
  };
}
