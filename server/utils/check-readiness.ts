// Ready = work can be taken. Postgres is needed for that; Redis is not, so its absence is told but does not take a process out.
import type { Readiness } from '#shared/contracts/readiness.ts'
import { isUnavailable, sqlState } from '#platform/postgres/index.ts'
import type { App } from './app.ts'

const patienceMs = 2_000
const undefinedTable = '42P01'

/** Asks both, each for at most two seconds. Never throws. */
export async function checkReadiness(app: Pick<App, 'platform'> | undefined): Promise<Readiness> {
  if (!app) return { status: 'unready', dependencies: { postgres: 'away', redis: 'away' } }
  const { pool, redis, log } = app.platform
  const [postgres, redisAnswers] = await Promise.all([
    within(
      pool.query('SELECT config_revision FROM workspace LIMIT 1').then(
        () => 'ok' as const,
        (error: unknown) => {
          if (!isUnavailable(error)) log.warn({ error: (error as Error).message }, 'readiness: Postgres answers with an error')
          return sqlState(error) === undefinedTable ? ('not-migrated' as const) : ('away' as const)
        },
      ),
      'away' as const,
    ),
    within(
      redis.ping().then(
        () => 'ok' as const,
        () => 'away' as const,
      ),
      'away' as const,
    ),
  ])
  const status = postgres !== 'ok' ? 'unready' : redisAnswers === 'ok' ? 'ready' : 'degraded'
  return { status, dependencies: { postgres, redis: redisAnswers } }
}

async function within<T>(answer: Promise<T>, otherwise: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(otherwise), patienceMs)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
