// One handler per queue, and what they share. The process refuses to start on a queue without a handler: the record below
// is complete by type.
import type { Platform } from '#platform/lifecycle/platform.ts'
import { createObjectStore } from '#platform/object-store/index.ts'
import type { ChunkHandler, Queues } from '#platform/queue/index.ts'
import type { Metrics } from '#platform/telemetry/metrics.ts'
import { createFileHandout, linkOrigin } from '#services/attachments/index.ts'
import { createEmailSender, createWebhookSender } from '#services/channels/index.ts'
import {
  createDeliveryRuntime,
  createMessageDeliverer,
  createRecorder,
  createWebhookDeliverer,
  createWebhookGate,
  type Bulkhead,
} from '#services/delivery/index.ts'
import { publishInbox } from '#services/inbox/index.ts'
import { createFanOut } from '#services/notifications/index.ts'
import { createHeldRows, createLaneBudget, undoDispatch, type HeldRows } from '#services/outbox/index.ts'
import { createJobOperationRunner, createLaneTally } from '#services/queues/index.ts'
import { createReplayRunner } from '#services/replays/index.ts'
import { createRouting } from '#services/routing/index.ts'
import { createRenderer } from '#services/workflows/index.ts'
import { deliveryQueue, queues as definitions, type QueueName } from '#shared/jobs/queues.ts'
import { createWorkPlaces } from '../count-work.ts'

/** More than a panel shows, because several workspaces share the list. */
const bulkheadsTold = 20

export interface Handlers {
  byQueue: Record<QueueName, ChunkHandler>
  held: HeldRows
  /** Work of this queue that is on its way at the same time at most, from now on. */
  setConcurrency(queue: QueueName, concurrency: number): void
  /** Mails or calls of this queue that are on their way now; undefined where its jobs are what is counted. */
  inFlight(queue: QueueName): number | undefined
  /** Calls on their way by endpoint, each with its bound: the fullest ones. */
  bulkheads(): Bulkhead[]
  /** Resolves when nothing is on its way any more. */
  drained(): Promise<void>
  close(): Promise<void>
}

export function createHandlers(platform: Platform, options: { owner: string; queues: Queues; metrics: Metrics }): Handlers {
  const { pool, hot, lazy, log, redis, config } = platform
  const { owner, queues, metrics } = options
  const places = createWorkPlaces(platform.counters)
  const held = createHeldRows(owner)
  const budget = createLaneBudget(redis)
  const tally = createLaneTally(redis)
  const routing = createRouting({ pool, secret: config.SIGNALBOX_SECRET ?? '', onLook: places.routes })
  const renderer = createRenderer({ log })
  const email = createEmailSender({ config, log })
  const webhookSender = createWebhookSender({ config, log })
  const recorder = createRecorder({
    hot,
    onRecorded: (result, state) => {
      places.recorded(result, state)
      if (state === 'dead') metrics.deadLetter(result.failure?.kind ?? 'delivery-exhausted', result.channel)
      if (state !== 'retrying') metrics.worked('deliver', 1)
      tally.add(deliveryQueue(result.channel), result.lane, 1)
      if (result.outcome !== null) metrics.attempt(result.channel, result.outcome, result.durationMs ?? undefined)
    },
  })
  const runtime = createDeliveryRuntime({ owner, hot, lazy, log, held, routing, recorder, retrySchedule: config.SIGNALBOX_RETRY_SCHEDULE })
  const gate = createWebhookGate({ total: definitions['delivery-webhook'].concurrency })
  const store = createObjectStore(config, log, platform.counters)
  const files = createFileHandout({ pool, store, origin: linkOrigin(config) })
  const webhooks = createWebhookDeliverer({ runtime, pool, sender: webhookSender, gate, files })
  const inbox = (items: { workspaceId: string; recipientId: string; sequence: number }[]): void => publishInbox(redis, items)
  const messages = createMessageDeliverer({
    runtime,
    email,
    renderer,
    files,
    publishInbox: inbox,
    concurrency: definitions['delivery-email'].concurrency,
  })
  const fanOut = createFanOut({
    owner,
    hot,
    lazy,
    log,
    held,
    queues,
    budget,
    routing,
    renderer,
    webhooks,
    publishInbox: (items, tookMs) => {
      places.intoInboxes(items.length, tookMs)
      inbox(items)
    },
    onDone: (count, events) => {
      metrics.worked('fan-out', count)
      places.done('fan-out', count)
      for (const event of events) tally.add('fan-out', event.workspaceId, 1)
    },
  })
  const replays = createReplayRunner({ owner, pool, hot, lazy, log, held })
  const operations = createJobOperationRunner({ owner, pool, lazy, queues, log, held })

  /** What was in Redis when its queue was paused goes back, unstarted. */
  const unlessPaused =
    (queue: QueueName, handle: ChunkHandler): ChunkHandler =>
    async (rows) => {
      if (budget.paused(queue)) return undoDispatch(hot, rows)
      const startedAt = performance.now()
      try {
        await handle(rows)
      } finally {
        if (queue === 'fan-out' || queue === 'replay') places.handled(queue, performance.now() - startedAt)
      }
    }

  return {
    held,
    setConcurrency(queue, concurrency) {
      if (queue === 'delivery-webhook') gate.setTotal(concurrency)
      if (queue === 'delivery-email') messages.setMailConcurrency(concurrency)
    },
    inFlight(queue) {
      if (queue === 'delivery-webhook') return gate.inFlight
      return queue === 'delivery-email' ? messages.mailsInFlight() : undefined
    },
    bulkheads: () => gate.bulkheads(bulkheadsTold),
    byQueue: {
      'fan-out': unlessPaused('fan-out', fanOut.handle),
      'delivery-email': unlessPaused('delivery-email', messages.handleEmail),
      'delivery-webhook': unlessPaused('delivery-webhook', webhooks.handle),
      'delivery-in-app': unlessPaused('delivery-in-app', messages.handleInApp),
      replay: unlessPaused('replay', async (rows) => {
        // Each takes the rows of its own kind.
        await replays.handle(rows)
        await operations.handle(rows)
        metrics.worked('replay', rows.length)
        places.done('replay', rows.length)
      }),
    },
    async drained() {
      await webhooks.drained()
      await recorder.drained()
    },
    async close() {
      budget.close()
      await tally.close()
      await Promise.allSettled([renderer.close(), email.close(), webhookSender.close(), store.close()])
    },
  }
}
