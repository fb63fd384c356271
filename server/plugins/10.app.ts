// Opens the app with the process, closes it with Nitro. The entry awaits openApp() as well, before it listens.
import { openApp } from '../utils/app.ts'

export default defineNitroPlugin((nitro) => {
  openApp().catch(() => {
    // The entry sees the same promise and says why.
  })
  nitro.hooks.hook('close', async () => {
    await (await openApp().catch(() => undefined))?.close()
  })
})
