// The instance at a glance, for anybody who can reach it.
//
// Picture    what Postgres said at one moment: live processes, the instance's ledger, how to send the first event
// Age        since that moment; an old picture is better than none, as long as it says how old it is
import type { Pool } from '#platform/postgres/index.ts'
import type { Redis } from '#platform/redis/index.ts'
import type { Status, StatusPicture } from '#shared/contracts/status.ts'
import { createStatusRepository } from './status.repository.ts'

/** However many tabs look, Postgres is asked once in this time. */
const freshForMs = 1_000
/** An answer with the old picture is worth more than a late one. */
const patienceMs = 1_500

export interface StatusDeps {
  pool: Pool
  redis: Redis
  version: string
  mailCatcher: boolean
}

export interface StatusReader {
  read(): Promise<Status>
}

export function createStatusReader(deps: StatusDeps): StatusReader {
  const repository = createStatusRepository(deps.pool)
  let picture: StatusPicture | null = null
  let takenAtMs = 0
  let reading: Promise<boolean> | undefined

  function look(): Promise<boolean> {
    reading ??= repository
      .read()
      .then(
        (read) => {
          picture = read
          takenAtMs = performance.now()
          return true
        },
        () => false,
      )
      .finally(() => {
        reading = undefined
      })
    return reading
  }

  return {
    async read() {
      const fresh = picture !== null && performance.now() - takenAtMs < freshForMs
      const postgres = fresh || (await within(look(), patienceMs))
      return {
        version: deps.version,
        ageMs: picture === null ? 0 : Math.round(performance.now() - takenAtMs),
        stores: { postgres, redis: deps.redis.status === 'ready' },
        mailCatcher: deps.mailCatcher,
        picture,
      }
    },
  }
}

async function within(answer: Promise<boolean>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
