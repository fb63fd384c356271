import { defineConfig } from 'vitest/config'

// Groups run one after the other: what starts the whole product gets the machine for itself. Time limits are for what hangs: no test may
// fail because the machine is slow.
export default defineConfig({
  // tsconfig.json has nothing to say about how to run a test, and .nuxt may not exist yet.
  esbuild: { tsconfigRaw: '{}' },
  test: {
    maxWorkers: 2,
    expect: { poll: { timeout: 30_000 } },
    reporters: ['default'],
    projects: [
      './tests/nuxt/vitest.config.ts',
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{shared,platform,services,server,tools,workers,bench}/**/*.test.ts', 'tests/{unit,support}/**/*.test.ts'],
          testTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['tests/{integration,conformance}/**/*.test.ts'],
          exclude: ['**/*.servers.test.ts'],
          globalSetup: ['tests/support/shared-servers.ts'],
          setupFiles: ['tests/support/fail-on-leaks.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 180_000,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['tests/browser/**/*.test.ts'],
          globalSetup: ['tests/browser/support/shared-product.ts'],
          testTimeout: 300_000,
          hookTimeout: 180_000,
          fileParallelism: false,
          sequence: { groupOrder: 4 },
        },
      },
      {
        extends: true,
        test: {
          name: 'faults',
          include: ['tests/faults/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 180_000,
          fileParallelism: false,
          sequence: { groupOrder: 5 },
        },
      },
      // What needs MinIO, Weaviate or nginx: `npm run test:servers`, never part of `npm test` (tests/support/real-servers.ts).
      {
        extends: true,
        test: {
          name: 'servers',
          include: ['tests/servers/**/*.test.ts', 'tests/conformance/**/*.servers.test.ts'],
          globalSetup: ['tests/support/shared-servers.ts', 'tests/support/build-servers.ts'],
          setupFiles: ['tests/support/fail-on-leaks.ts'],
          testTimeout: 300_000,
          hookTimeout: 180_000,
          fileParallelism: false,
          sequence: { groupOrder: 6 },
        },
      },
    ],
  },
})
