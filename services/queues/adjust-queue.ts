// Concurrency and rate: set once, in Postgres; workers and relay take them over while they run (docs/decisions/0030).
import { setTimeout as wait } from 'node:timers/promises'
import { transaction, type Pool } from '#platform/postgres/index.ts'
import type { Actor } from '#shared/contracts/audit.ts'
import type { QueuePatch } from '#shared/contracts/queue.ts'
import { Fault } from '#shared/fault.ts'
import { queues as definitions, type QueueName } from '#shared/jobs/queues.ts'
import { appendAudit } from '../audit/index.ts'
import { recallDispatched, wakeRelay } from '../outbox/index.ts'
import { lockLevers, readConcurrencyInUse, setLevers } from './queue-setting.repository.ts'

/** A worker looks every 0.9 s and writes down what it took over. */
const takenOverMs = 2_000

export interface QueueChange {
  workspaceId: string
  name: QueueName
  actor: Actor
  patch: QueuePatch
}

/** Changes the levers and waits until the live workers say so. Setting what is set already leaves no trace. Faults: invalid. */
export async function adjustQueue(pool: Pool, { workspaceId, name, actor, patch }: QueueChange): Promise<void> {
  const { concurrency, ratePerSecond, reason } = patch
  if (typeof concurrency === 'number') await refuseTooMuch(pool, name, concurrency)
  const changed = await transaction(pool, async (client) => {
    const before = await lockLevers(client, name)
    const after = {
      concurrency: concurrency === undefined ? before.concurrency : concurrency,
      ratePerSecond: ratePerSecond === undefined ? before.ratePerSecond : ratePerSecond,
    }
    if (after.concurrency === before.concurrency && after.ratePerSecond === before.ratePerSecond) return false
    await setLevers(client, name, after, { by: actor.name, reason })
    const recalled = after.ratePerSecond !== null && after.ratePerSecond !== before.ratePerSecond ? await recallDispatched(client, name) : 0
    await appendAudit(client, {
      workspaceId,
      actor,
      action: 'queue.change',
      subjectKind: 'queue',
      subjectId: name,
      reason,
      details: { before, after, recalled },
    })
    await wakeRelay(client)
    return true
  })
  if (changed && concurrency !== undefined) await untilTakenOver(pool, name, concurrency)
}

async function refuseTooMuch(pool: Pool, name: QueueName, concurrency: number): Promise<void> {
  const { concurrencyMax } = definitions[name]
  const workers = Math.max(1, (await readConcurrencyInUse(pool, name)).workers)
  if (concurrency <= workers * concurrencyMax) return
  throw new Fault('invalid', 'The change is not valid', {
    errors: [
      { path: '/concurrency', message: `must be at most ${workers * concurrencyMax}: ${workers} live workers with ${concurrencyMax} each` },
    ],
  })
}

async function untilTakenOver(pool: Pool, name: QueueName, concurrency: number | null): Promise<void> {
  const deadline = performance.now() + takenOverMs
  while (performance.now() < deadline) {
    const inUse = await readConcurrencyInUse(pool, name)
    if (inUse.workers === 0 || inUse.concurrency === (concurrency ?? inUse.workers * definitions[name].concurrency)) return
    await wait(100)
  }
}
