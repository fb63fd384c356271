import { fileURLToPath } from 'node:url'

// Why each choice: docs/decisions/0001-nuxt-3.md and 0009-own-nitro-entry.md.
export default defineNuxtConfig({
  compatibilityDate: '2026-11-01',
  future: { compatibilityVersion: 4 },
  srcDir: '.',
  serverDir: 'server',
  ssr: false,
  devtools: { enabled: false },
  telemetry: false,
  components: [{ path: '~/components', pathPrefix: false }],
  css: ['~/assets/console.css'],
  app: { head: { htmlAttrs: { lang: 'en' }, title: 'Signalbox' } },
  typescript: { strict: true },
  // Not for `npm run dev`: the development server listens itself and restarts what it runs.
  $production: {
    nitro: {
      preset: 'node-listener',
      // Our own entry gives several API processes one port, graceful stops and an awaited boot.
      entry: fileURLToPath(new URL('./server/entry.ts', import.meta.url)),
      serveStatic: true,
    },
  },
  nitro: {
    // What nobody caught is a problem too, not a page with a stack.
    errorHandler: fileURLToPath(new URL('./server/error-handler.ts', import.meta.url)),
    experimental: { asyncContext: false },
  },
})
