import { defineConfig } from "vitest/config";

/** What is deployed: templates as synthesis makes them, and the very bundles that go into functions and the image. */
export default defineConfig({
  test: {
    include: ["test/infra/**/*.test.ts"],
    // The constructs are loaded once, not once for a file (test/tidy/shared-process.ts holds what a file must keep to).
    isolate: false,
    globalSetup: ["test/infra/shared-folder.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
