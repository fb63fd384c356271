const askEveryMs = 2_000

/** Where somebody wanted to go while the API did not answer; null = nobody waits for a page. */
const wanted = ref<string | null>(null)

/**
 * A page is code that is loaded when it is first opened. When that fails the API either runs a newer version, and the page is loaded
 * whole, or it is away: then the old page stays, says so, and the new one opens when the API answers. (Nuxt by itself would load the
 * address at once, which leaves the browser's own error page and no console.)
 */
export function watchPageLoading(): void {
  const router = useRouter()
  const failed = new Set<unknown>()
  router.beforeEach(() => {
    failed.clear()
    wanted.value = null
  })
  useNuxtApp().hook('app:chunkError', ({ error }) => void failed.add(error))
  router.onError((error, to) => {
    if (failed.has(error)) void openWhenThere(to.fullPath)
  })
}

async function openWhenThere(path: string): Promise<void> {
  wanted.value = path
  while (wanted.value === path) {
    if (await answers()) {
      // Once in ten seconds at most: a page that is not there at all must not load for ever.
      reloadNuxtApp({ path })
      wanted.value = null
      return
    }
    await new Promise((resolve) => setTimeout(resolve, askEveryMs))
  }
}

/** Whether anything of ours answers at all. */
export async function answers(): Promise<boolean> {
  try {
    return (await fetch('/api/v1/session', { headers: { accept: 'application/json' }, cache: 'no-store' })).status < 500
  } catch {
    return false
  }
}

export function useUnloadedPage() {
  return readonly(wanted)
}
