// What the path's statements cost Postgres and this process for each event, by the size of a batch: `node bench/statement-cost.ts`.
// CPU as the kernel counts it (Linux), not time: other programs on the machine do not change it much. One webhook endpoint, 500 bytes;
// the figures stand in docs/decisions/0005-group-commit.md.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createPool, ensurePartitions, migrate, type Pool } from '#platform/postgres/index.ts'
import { newUuid, publicId } from '#shared/ids.ts'
import { insertEventRows } from '#services/events/accept.repository.ts'
import { prepareEvent } from '#services/events/prepare-event.ts'
import { recordDelivered } from '#services/delivery/record-delivered.repository.ts'
import { recordEndpointFanOut } from '#services/notifications/fan-out-to-endpoints.repository.ts'
import { startEvents, type StartedEvent } from '#services/notifications/fan-out.repository.ts'
import type { PlannedDelivery } from '#services/notifications/planned-delivery.ts'
import { withThrowAwayPostgres } from '../tools/throw-away-postgres.ts'

const steps = ['accept', 'start', 'fan-out', 'record'] as const
type Step = (typeof steps)[number]

const warmUpRounds = 20
const filler = 'x'.repeat(440)

/** Microseconds on a processor so far, of a process (proc_pid_schedstat). */
const cpuUs = (pid: number): number => Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1_000

await withThrowAwayPostgres(async (url) => {
  await migrate(url, join(import.meta.dirname, '../prisma/migrations'))
  const owner = newUuid()
  const endpointId = newUuid()
  const workspaceId = newUuid()
  const pools = Object.fromEntries(
    steps.map((step) => [step, createPool({ url, max: 1, applicationName: 'bench', hot: true, asynchronousCommit: step === 'start' })]),
  ) as Record<Step, Pool>
  await ensurePartitions(pools.accept, Date.now())
  await pools.accept.query("INSERT INTO workspace (id, key, name) VALUES ($1, 'bench', 'Bench')", [workspaceId])
  const pids = {} as Record<Step, number>
  for (const step of steps) pids[step] = (await pools[step].query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]!.pid

  const webhookOf = (event: StartedEvent): PlannedDelivery => ({
    ...{
      id: newUuid(),
      eventId: event.id,
      workspaceId,
      endpointId,
      channel: 'webhook',
      source: publicId('endpoint', endpointId),
      state: 'sending',
    },
    ...{
      handOver: 'mine',
      queue: 'delivery-webhook',
      lane: endpointId,
      notificationId: null,
      recipientId: null,
      reason: null,
      dueAt: null,
    },
    ...{ address: null, subject: null, content: null, workflowKey: null, workflowVersion: null, stepId: null },
  })

  for (const size of [1, 8, 28, 100]) {
    const server = { accept: 0, start: 0, 'fan-out': 0, record: 0 }
    let client = 0
    const step = async <T>(name: Step, work: () => Promise<T>, counts: boolean): Promise<T> => {
      const before = cpuUs(pids[name])
      const own = process.cpuUsage()
      const result = await work()
      const { user, system } = process.cpuUsage(own)
      if (counts) {
        server[name] += cpuUs(pids[name]) - before
        client += user + system
      }
      return result
    }
    const rounds = Math.ceil(2_000 / size / 2) + warmUpRounds
    for (let round = 0; round < rounds; round++) {
      const counts = round >= warmUpRounds
      const rows = Array.from({ length: size }, (_, sequence) => ({
        ...prepareEvent(workspaceId, { type: 'bench', data: { sequence, filler } }),
        leased: true,
      }))
      await step('accept', () => insertEventRows(pools.accept, rows, false), counts)
      const started = await step(
        'start',
        () =>
          startEvents(
            pools.start,
            owner,
            rows.map(({ id }) => ({ id, n: 1 })),
          ),
        counts,
      )
      const planned = started.map(webhookOf)
      const effects = started.map(({ id }) => ({ id, n: 1, expired: false, wasScheduled: false, replayed: false }))
      await step('fan-out', () => recordEndpointFanOut(pools['fan-out'], owner, effects, planned), counts)
      const results = planned.map(({ id, eventId }) => ({
        ...{
          workspaceId,
          deliveryId: id,
          eventId,
          version: 1,
          state: 'delivered' as const,
          outcome: 'delivered' as const,
          statusCode: 204,
          durationMs: 3,
        },
        ...{ errorCode: null, error: null, retryInMs: null, reason: null },
      }))
      const recorded = await step('record', () => recordDelivered(pools.record, results), counts)
      if (recorded.size !== size) throw new Error(`${recorded.size} of ${size} results were recorded`)
    }
    const events = (rounds - warmUpRounds) * size
    const each = steps.map((name) => `${name} ${(server[name] / events).toFixed(0)}`).join(', ')
    const sum = steps.reduce((total, name) => total + server[name], 0)
    console.log(
      `${String(size).padStart(3)} in a batch: ${(sum / events).toFixed(0).padStart(5)} us of Postgres an event (${each}), ${(client / events).toFixed(0)} us of this process`,
    )
  }
  await Promise.all(Object.values(pools).map((pool) => pool.end()))
})
