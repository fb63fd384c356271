import type { Pool } from '#platform/postgres/index.ts'

const requestTimeoutMs = 2_000
const pauseMs = 50
const seenWithinSeconds = 8

/** How far the processes are: what is still missing, or an empty list. */
async function missing(options: ReadinessOptions): Promise<string[]> {
  const [api, workers] = await Promise.all([apiProblem(options.url), missingWorkers(options)])
  return [...(api ? [api] : []), ...workers]
}

async function apiProblem(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(requestTimeoutMs) })
    if (response.status === 200) {
      await response.body?.cancel()
      return undefined
    }
    return `the API is not ready (${response.status} ${(await response.text()).slice(0, 200)})`
  } catch {
    return 'the API does not answer yet'
  }
}

async function missingWorkers(options: ReadinessOptions): Promise<string[]> {
  const names = options.workers()
  if (names.length === 0) return []
  try {
    const { rows } = await options.pool.query<{ id: string; name: string }>(
      `SELECT id, name FROM process WHERE ended_at IS NULL AND last_seen_at > now() - interval '${seenWithinSeconds} seconds'`,
    )
    return names
      .filter((worker) => !rows.some((row) => (worker.processId ? row.id === worker.processId : row.name === worker.name)))
      .map((worker) => `${worker.name} has not reported yet`)
  } catch (error) {
    return [`Postgres does not answer (${(error as Error).message})`]
  }
}

export interface ReadinessOptions {
  url: string
  pool: Pool
  workers: () => { name: string; processId: string | null }[]
  say: (line: string) => void
  isStopping: () => boolean
}

/** Waits until the API says that it is ready and every worker has been seen; says what it waits for every few seconds. */
export async function waitUntilReady(options: ReadinessOptions): Promise<void> {
  let saidMs = Date.now()
  for (;;) {
    const left = await missing(options)
    if (left.length === 0 || options.isStopping()) return
    if (Date.now() - saidMs >= 3_000) {
      options.say(`  ... ${left.join('; ')}`)
      saidMs = Date.now()
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}
