// One worker process: `node workers/main.ts --roles all`. Stops cleanly on SIGTERM and SIGINT: takes nothing new, finishes
// what is on its way, gives the rest back.
import { randomUUID } from 'node:crypto'
import { config as readConfig } from '#platform/config/index.ts'
import { openPlatform } from '#platform/lifecycle/platform.ts'
import { runMain } from '#platform/lifecycle/run-main.ts'
import { version } from '#platform/lifecycle/version.ts'
import { createConsumer, createQueues, type Consumer } from '#platform/queue/index.ts'
import { refuseEvictingRedis } from '#platform/redis/index.ts'
import { captureConsole } from '#platform/telemetry/capture-console.ts'
import { reportCounters } from '#platform/telemetry/report-counters.ts'
import { shareMetrics } from '#platform/telemetry/share-metrics.ts'
import { createMetrics } from '#platform/telemetry/metrics.ts'
import { startCollector } from '#services/live/index.ts'
import { createHeldRows } from '#services/outbox/index.ts'
import { registerSelf } from '#services/processes/index.ts'
import { jobsAtOnce, queues as definitions, type QueueName } from '#shared/jobs/queues.ts'
import { followSettings } from './follow-settings.ts'
import { runFileCollector } from './file-collector.ts'
import { createHandlers } from './handlers/create-handlers.ts'
import { runIndexing } from './indexing.ts'
import { runMailCatcher } from './mail-catcher.ts'
import { runRelay } from './relay.ts'
import { parseRoles, type Role } from './roles.ts'

const drainMs = 25_000
/** A row must be a stray for two looks in a row: short, because this is how work comes back after Postgres was away. */
const reclaimMs = 2_500

const queuesOf: Partial<Record<Role, QueueName[]>> = {
  'fan-out': ['fan-out'],
  delivery: ['delivery-email', 'delivery-webhook', 'delivery-in-app'],
  replay: ['replay'],
}

async function main(): Promise<void> {
  const roles = parseRoles(process.argv.slice(2))
  const config = readConfig()
  const name = config.SIGNALBOX_PROCESS_NAME ?? `worker-${process.pid}`
  const owner = config.SIGNALBOX_PROCESS_ID ?? randomUUID()
  const platform = await openPlatform({ name, poolSize: 8, hotPoolSize: 8 })
  const { log } = platform
  captureConsole(log)
  const consumed = roles.flatMap((role) => queuesOf[role] ?? [])
  if (consumed.length > 0 || roles.includes('relay')) await refuseEvictingRedis(platform.redis)

  const stops: (() => Promise<unknown>)[] = []
  const metrics = createMetrics()
  const queues = createQueues(platform.redis, platform.counters)
  // A mail catcher or a lone relay needs no templates, no senders and no thread.
  const handlers = consumed.length > 0 ? createHandlers(platform, { owner, queues, metrics }) : undefined
  const held = handlers?.held ?? createHeldRows(owner)
  const consumers: Consumer[] = []
  const registration = await registerSelf(platform.pool, log, {
    id: owner,
    name,
    roles,
    version,
    concurrency: Object.fromEntries(consumed.map((queue) => [queue, definitions[queue].concurrency])),
    busy: () => held.size > 0 || consumers.some((consumer) => consumer.active > 0),
  })

  if (roles.includes('mail-catcher')) {
    const catcher = await runMailCatcher(platform)
    stops.push(() => catcher.stop())
  }
  const collector = roles.includes('collector')
    ? startCollector({ pool: platform.pool, url: config.DATABASE_URL!, redis: platform.redis, log })
    : undefined
  const files = roles.includes('files') ? runFileCollector(platform) : undefined
  const relay = roles.includes('relay') ? runRelay(platform, queues, metrics) : undefined

  const indexing = roles.includes('index')
    ? runIndexing(platform, { owner, held, metrics, busy: () => consumers.some((consumer) => consumer.active > 0) })
    : undefined

  for (const queue of handlers ? consumed : []) {
    consumers.push(
      createConsumer({
        queue,
        url: config.REDIS_URL!,
        name: `${name}-${queue}`,
        concurrency: jobsAtOnce(queue, definitions[queue].concurrency),
        log,
        handle: async (rows) => {
          registration.progressed()
          await handlers!.byQueue[queue](rows)
          registration.progressed()
        },
      }),
    )
  }
  const settings = handlers ? followSettings({ pool: platform.pool, registration, consumers, handlers }) : undefined
  const reclaimer = setInterval(() => {
    held.reclaim(platform.pool).then(
      (count) => {
        if (count > 0) log.warn({ rows: count }, 'rows were leased to this process and nobody here worked on them: given back')
      },
      () => {},
    )
  }, reclaimMs)
  const shared = shareMetrics({ redis: platform.redis, metrics, processName: name })
  const reporter = reportCounters({
    redis: platform.redis,
    counters: platform.counters,
    id: owner,
    name,
    roles,
    bulkheads: () => handlers?.bulkheads() ?? [],
    busy: () => Object.fromEntries(consumers.map(({ queue, active }) => [queue, handlers?.inFlight(queue) ?? active])),
  })

  log.info({ roles }, 'worker is ready')

  let stopping = false
  const stop = async (signal: string): Promise<void> => {
    if (stopping) return
    stopping = true
    log.info({ signal }, 'worker is stopping')
    registration.stopping()
    clearInterval(reclaimer)
    const late = setTimeout(() => {
      log.error('the drain took too long; what is left is taken over by others')
      process.exit(1)
    }, drainMs)
    await collector?.close()
    await files?.close()
    await settings?.close()
    await relay?.close()
    await indexing?.close()
    await Promise.all(consumers.map((consumer) => consumer.stop()))
    await handlers?.drained()
    for (const each of stops) await each()
    await handlers?.close()
    await shared.close()
    await reporter.close()
    await queues.close()
    await registration.end()
    await platform.close()
    clearTimeout(late)
    process.exit(0)
  }
  process.on('SIGTERM', () => void stop('SIGTERM'))
  process.on('SIGINT', () => void stop('SIGINT'))
}

runMain(main)
