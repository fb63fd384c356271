import { fileURLToPath } from 'node:url'
import type { NitroConfig } from 'nitropack'

// `object`: two versions of Nuxt's schema are installed, and the one that modules see knows nothing of Nitro.
// Not for `npm run dev`: the development server listens itself and restarts what it runs.
const production: object = {
  preset: 'node-listener',
  // Our own entry gives several API processes one port, graceful stops and an awaited boot.
  entry: fileURLToPath(new URL('./server/entry.ts', import.meta.url)),
  serveStatic: true,
  // The bundle keeps its lines and names. Its map, once one stack had been read, held 75 MB of each API process.
  sourceMap: false,
} satisfies NitroConfig

const nitro: object = {
  // What nobody caught is a problem too, not a page with a stack.
  errorHandler: fileURLToPath(new URL('./server/error-handler.ts', import.meta.url)),
  experimental: { asyncContext: false },
} satisfies NitroConfig

// Why each choice: docs/decisions/0001-nuxt-3.md, 0009-own-nitro-entry.md and 0023-console-shell.md.
export default defineNuxtConfig({
  compatibilityDate: '2026-11-01',
  future: { compatibilityVersion: 4 },
  srcDir: '.',
  serverDir: 'server',
  ssr: false,
  devtools: { enabled: false },
  telemetry: false,
  modules: ['@nuxt/ui'],
  // No fonts from elsewhere, no script of a colour mode: assets/console.css has the tokens, composables/use-theme.ts the switch.
  ui: { fonts: false, colorMode: false, theme: { colors: ['primary', 'success', 'warning', 'error'] } },
  // Icons are part of the build, as SVG: the other mode writes styles at run time, which our policy forbids.
  icon: {
    mode: 'svg',
    provider: 'none',
    fallbackToApi: false,
    serverBundle: false,
    clientBundle: {
      scan: { globInclude: ['{pages,components,layouts,composables,shared}/**/*.{vue,ts}', 'app.vue', 'error.vue'], globExclude: [] },
      // What components of @nuxt/ui show by themselves.
      icons: ['check', 'chevron-down', 'chevron-right', 'chevron-up', 'loader-circle', 'minus', 'plus', 'search', 'x'].map(
        (name) => `lucide:${name}`,
      ),
    },
    collections: ['lucide'],
  },
  hooks: {
    // It writes a style element into every page, which our policy forbids; console.css defines the same names.
    'app:resolve': (app) => {
      app.plugins = app.plugins.filter(({ src }) => !src.includes('@nuxt/ui/dist/runtime/plugins/colors'))
    },
  },
  components: [{ path: '~/components', pathPrefix: false }],
  css: ['~/assets/console.css'],
  app: { head: { htmlAttrs: { lang: 'en' }, title: 'Signalbox' } },
  typescript: { strict: true },
  // The navigation links every page: what somebody points at is loaded ahead, not everything that can be seen.
  experimental: {
    defaults: { nuxtLink: { prefetchOn: { visibility: false, interaction: true } } },
    // composables/use-unloaded-page.ts decides.
    emitRouteChunkError: 'manual',
  },
  $production: { nitro: production },
  nitro,
})
