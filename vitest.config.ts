import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/support/seed.ts"],
    // Guards against what never ends, and nothing else: how fast a machine is decides no test.
    testTimeout: 180_000,
    hookTimeout: 60_000,
    // Most of what a test waits for is another process: with a worker for each core, half of the machine would idle.
    maxWorkers: "150%",
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      reporter: ["text-summary"],
    },
  },
});
