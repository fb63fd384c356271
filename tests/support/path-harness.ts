// The whole path inside the test's process: acceptor, relay, consumers and handlers over real Postgres, Redis, SMTP and HTTP.
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createConsumer, createQueues, type Consumer } from '#platform/queue/index.ts'
import { createMetrics } from '#platform/telemetry/metrics.ts'
import { createSealer } from '#platform/sealing/index.ts'
import { createEventAcceptor, prepareEvent } from '#services/events/index.ts'
import { readLedger, reconcile } from '#services/ledger/index.ts'
import { startMailbox } from '#services/mailbox/index.ts'
import { createLaneBudget } from '#services/outbox/index.ts'
import { refreshMs } from '#services/outbox/lane-budget.ts'
import { registerSelf } from '#services/processes/index.ts'
import { newUuid } from '#shared/ids.ts'
import { jobsAtOnce, queueNames, queues as definitions, type QueueName } from '#shared/jobs/queues.ts'
import { followSettings } from '../../workers/follow-settings.ts'
import { createHandlers } from '../../workers/handlers/create-handlers.ts'
import { runRelay } from '../../workers/relay.ts'
import { eventually } from './eventually.ts'
import { findFreePort as freePort } from '../../tools/launcher/free-port.ts'
import { openTestPlatform } from './test-platform.ts'

export interface Arrival {
  id: string
  body: { type: string; timestamp: string; data: Record<string, unknown>; eventId: string }
  headers: IncomingHttpHeaders
}

export type PathHarness = Awaited<ReturnType<typeof openPath>>

/** `retrySchedule` replaces every channel's. `relay: false` and `queues` leave parts out. */
export async function openPath(
  options: { retrySchedule?: string; relay?: boolean; queues?: readonly QueueName[]; environment?: Record<string, string> } = {},
) {
  const sink = await openSink()
  const smtpPort = await freePort()
  const platform = await openTestPlatform({
    environment: {
      SIGNALBOX_RETRY_SCHEDULE: options.retrySchedule ?? '0.05,0.05',
      SIGNALBOX_ALLOW_LOOPBACK_PORTS: String(sink.port),
      SMTP_URL: `smtp://127.0.0.1:${smtpPort}`,
      SIGNALBOX_MAIL_CATCHER: '1',
      ...options.environment,
    },
  })
  const { workspaceId, pool, hot, log } = platform
  const mailbox = await startMailbox({ pool, log, host: '127.0.0.1', port: smtpPort })
  const queues = createQueues(platform.redis, platform.counters)
  const budget = createLaneBudget(platform.redis)
  const acceptor = createEventAcceptor({ hot, queues, budget, log })
  const relay = options.relay === false ? undefined : runRelay(platform, queues)

  /** A worker process' insides; several may run side by side. */
  async function startWorker(names: readonly QueueName[] = options.queues ?? queueNames) {
    const owner = randomUUID()
    const handlers = createHandlers(platform, { owner, queues, metrics: createMetrics() })
    const registration = await registerSelf(pool, log, {
      id: owner,
      name: 'test-worker',
      roles: ['fan-out', 'delivery', 'replay'],
      version: 'test',
      concurrency: Object.fromEntries(names.map((queue) => [queue, definitions[queue].concurrency])),
      busy: () => false,
    })
    const consumers: Consumer[] = names.map((queue) =>
      createConsumer({
        queue,
        url: platform.config.REDIS_URL!,
        name: queue,
        concurrency: jobsAtOnce(queue, definitions[queue].concurrency),
        log,
        handle: handlers.byQueue[queue],
      }),
    )
    const settings = followSettings({ pool, registration, consumers, handlers })
    return {
      owner,
      handlers,
      consumers,
      async stop() {
        await settings.close()
        await Promise.all(consumers.map((consumer) => consumer.stop()))
        await handlers.drained()
        await handlers.close()
        await registration.end()
      },
    }
  }
  const worker = await startWorker()

  async function addEndpoint(
    fields: { eventTypes?: string[]; path?: string; audience?: string | null; retrySchedule?: number[] } = {},
  ): Promise<string> {
    const id = newUuid()
    const secretId = newUuid()
    const sealer = createSealer(platform.config.SIGNALBOX_SECRET!)
    await pool.query(
      'INSERT INTO endpoint (id, workspace_id, url, event_types, audience, retry_schedule) VALUES ($1, $2, $3, $4, $5, $6)',
      [
        id,
        workspaceId,
        `http://127.0.0.1:${sink.port}${fields.path ?? '/hook'}`,
        fields.eventTypes ?? ['*'],
        fields.audience ?? null,
        fields.retrySchedule ?? null,
      ],
    )
    await pool.query('INSERT INTO endpoint_secret (id, endpoint_id, sealed) VALUES ($1, $2, $3)', [
      secretId,
      id,
      sealer.seal('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', secretId),
    ])
    await pool.query('UPDATE workspace SET config_revision = config_revision + 1 WHERE id = $1', [workspaceId])
    return id
  }

  async function addWorkflow(key: string, eventType: string, steps: unknown[], more: Record<string, unknown> = {}): Promise<void> {
    const id = newUuid()
    const definition = { name: key, eventType, critical: false, email: {}, steps, ...more }
    await pool.query(
      `INSERT INTO workflow (id, workspace_id, key, draft, published_version) VALUES ($1, $2, $3, $4, 1)
       ON CONFLICT (workspace_id, key) DO UPDATE SET draft = EXCLUDED.draft`,
      [id, workspaceId, key, JSON.stringify(definition)],
    )
    await pool.query(
      `INSERT INTO workflow_version (workflow_id, version, definition) SELECT id, 1, draft FROM workflow WHERE workspace_id = $1 AND key = $2
       ON CONFLICT (workflow_id, version) DO UPDATE SET definition = EXCLUDED.definition`,
      [workspaceId, key],
    )
    await pool.query('UPDATE workspace SET config_revision = config_revision + 1 WHERE id = $1', [workspaceId])
  }

  /** Accepts one event; resolves with its UUID after the commit. */
  async function send(event: Record<string, unknown>): Promise<string> {
    const prepared = prepareEvent(workspaceId, event)
    await acceptor.accept({ workspaceId, events: [prepared] })
    return prepared.id
  }

  /** Resolves when every part of this process knows what the relay says of this pause or limit: 'delivery-webhook *'. */
  async function heard(key: string): Promise<void> {
    await eventually(async () => (await platform.redis.get('sb:lanes'))?.includes(`"${key}":`))
    // Who asks for the report does so by a timer of this process that is due before this one, and over this connection, whose answers
    // come in the order of the questions.
    await new Promise((resolve) => setTimeout(resolve, 2 * refreshMs))
    await platform.redis.ping()
  }

  const eventState = async (id: string): Promise<string> => (await pool.query('SELECT state FROM event WHERE id = $1', [id])).rows[0]?.state
  const deliveries = async (eventId: string) =>
    (
      await pool.query(
        'SELECT id, state, reason, version, tries, channel, recipient_id, generation, previous_id FROM delivery WHERE event_id = $1 ORDER BY id',
        [eventId],
      )
    ).rows

  return {
    ...platform,
    sink,
    queues,
    acceptor,
    relay,
    worker,
    startWorker,
    addEndpoint,
    addWorkflow,
    send,
    heard,
    eventState,
    deliveries,
    ended: (id: string, state = 'completed') => eventually(async () => (await eventState(id)) === state),
    ledger: () => readLedger(pool, workspaceId),
    reconcile: () => reconcile(pool),
    async close() {
      await relay?.close()
      await worker.stop()
      budget.close()
      await mailbox.stop()
      await queues.close()
      await sink.close()
      await platform.close()
    },
  }
}

/** A webhook receiver: `answer` decides what each arrival gets. */
async function openSink() {
  const arrivals: Arrival[] = []
  const sink = {
    arrivals,
    port: 0,
    answer: ((): number | Promise<number> => 200) as (arrival: Arrival) => number | Promise<number>,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  const server = createServer((req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => {
      const arrival: Arrival = {
        id: String(req.headers['webhook-id']),
        body: JSON.parse(Buffer.concat(chunks).toString()),
        headers: req.headers,
      }
      arrivals.push(arrival)
      void Promise.resolve(sink.answer(arrival)).then((status) => {
        if (status === 0) req.socket.destroy()
        else res.writeHead(status).end()
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  sink.port = (server.address() as AddressInfo).port
  return sink
}
