import { defineConfig } from "vitest/config";

/** Over the wire: embedded servers always, another endpoint when the environment names one. */
export default defineConfig({
  test: {
    include: ["test/integration/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
