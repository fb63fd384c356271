import { fileURLToPath } from 'node:url'
import { defineVitestProject } from '@nuxt/test-utils/config'

const root = fileURLToPath(new URL('../..', import.meta.url))

// Components inside a real Nuxt app; its vite configuration is Nuxt's, so it cannot extend the root one.
export default defineVitestProject({
  root,
  test: {
    root,
    name: 'nuxt',
    include: ['tests/nuxt/**/*.test.ts'],
    environment: 'nuxt',
    environmentOptions: { nuxt: { rootDir: root, domEnvironment: 'happy-dom' } },
    testTimeout: 120_000,
    hookTimeout: 180_000,
    fileParallelism: false,
    sequence: { groupOrder: 2 },
  },
})
