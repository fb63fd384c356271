// Webhook deliveries: from a chunk of the queue, or straight from the fan-out that opened their first attempt.
import { failPoint } from '#platform/lifecycle/fail-points.ts'
import { transaction, type Pool } from '#platform/postgres/index.ts'
import { tellTrouble } from '#platform/trouble/index.ts'
import { publicId } from '#shared/ids.ts'
import type { RowRef } from '#shared/jobs/queues.ts'
import type { FileHandout } from '../attachments/index.ts'
import { webhookBody, type SendOutcome, type WebhookSender } from '../channels/index.ts'
import { disableEndpoint } from '../endpoints/index.ts'
import type { EndpointTarget } from '../routing/index.ts'
import type { DeliveryRuntime } from './delivery-runtime.ts'
import type { StartedDelivery } from './delivery.repository.ts'
import { holdEndpointDeliveries, markEndpointHealth } from './endpoint-hold.repository.ts'
import type { WebhookGate } from './webhook-gate.ts'

/** A webhook whose attempt is open: it goes out now. */
export interface OpenWebhook {
  id: string
  workspaceId: string
  eventId: string
  version: number
  tries: number
  endpoint: EndpointTarget
  body: string
}

export interface WebhookDeliverer {
  /** Handles a chunk of the queue `delivery-webhook`. */
  handle(refs: RowRef[]): Promise<void>
  /** A slot for a first attempt inside the fan-out's transaction; give it back with `leave` if the transaction fails. */
  tryEnter(endpoint: EndpointTarget): boolean
  leave(endpoint: EndpointTarget): void
  /** Sends what has a slot and an open attempt. Never rejects. */
  send(open: OpenWebhook): Promise<void>
  drained(): Promise<void>
}

/** How long a link in a webhook works. */
const linkSeconds = 3_600
const waitForSlotMs = 3_000

export function createWebhookDeliverer(options: {
  runtime: DeliveryRuntime
  pool: Pool
  sender: WebhookSender
  gate: WebhookGate
  files: FileHandout
}): WebhookDeliverer {
  const { runtime, pool, sender, gate } = options
  const { log, routing } = runtime.deps
  const running = new Set<Promise<void>>()
  const failing = new Map<string, boolean>()

  async function handle(refs: RowRef[]): Promise<void> {
    const rows = await runtime.start(refs)
    await Promise.all(rows.map((row) => handleRow(row)))
  }

  /** Resolves when the row is on its way or given back: a slow receiver never keeps the queue's slot. */
  async function handleRow(row: StartedDelivery): Promise<void> {
    try {
      const route = await routing.get(row.workspaceId, row.configRevision)
      const endpoint = route.endpointsById.get(row.endpointId!)
      if (!endpoint) return await runtime.end(row, 'cancelled', 'endpoint deleted')
      if (endpoint.state !== 'enabled') return await runtime.end(row, 'held', 'endpoint disabled')
      const held = route.holds.get('webhook')
      if (held !== undefined) return await runtime.end(row, 'held', held)
      // Before its slot: nothing but a query. Each attempt gets links of its own.
      const links =
        row.attachments === null ? null : await options.files.links(row.workspaceId, JSON.parse(row.attachments) as string[], linkSeconds)
      if (!(await gate.enter(endpoint.id, waitForSlotMs))) return await runtime.postpone(row, 1_000 + Math.random() * 1_000)
      let opened
      try {
        opened = await runtime.open(row)
      } catch (error) {
        gate.leave(endpoint.id, 'slow')
        throw error
      }
      if (!opened) {
        gate.leave(endpoint.id, 'slow')
        return
      }
      const body = webhookBody({
        type: row.eventType,
        timestampIso: row.acceptedAt.toISOString(),
        dataJson: row.override ?? row.eventData,
        eventId: publicId('event', row.eventId),
        ...(links ? { attachments: links } : {}),
      })
      void send({
        id: row.id,
        workspaceId: row.workspaceId,
        eventId: row.eventId,
        version: opened.version,
        tries: opened.tries,
        endpoint,
        body,
      })
    } catch (error) {
      await runtime.giveBackFailed(row, error)
    }
  }

  function send(open: OpenWebhook): Promise<void> {
    const promise = call(open).finally(() => running.delete(promise))
    running.add(promise)
    return promise
  }

  async function call(open: OpenWebhook): Promise<void> {
    const { endpoint } = open
    const startedAt = performance.now()
    let outcome: SendOutcome
    try {
      outcome = await sender.send({
        deliveryId: open.id,
        url: endpoint.url,
        headers: endpoint.headers,
        secrets: endpoint.secrets,
        body: open.body,
      })
    } catch (error) {
      outcome = { outcome: 'retry', statusCode: null, errorCode: 'internal', error: tellTrouble(error), where: 'webhook.send' }
    }
    failPoint?.('after-send')
    const durationMs = performance.now() - startedAt
    gate.leave(endpoint.id, outcome.outcome === 'delivered' ? 'ok' : outcome.statusCode === null ? 'broken' : 'slow')
    noteHealth(endpoint, outcome)
    try {
      await runtime.finish({
        id: open.id,
        workspaceId: open.workspaceId,
        eventId: open.eventId,
        channel: 'webhook',
        version: open.version,
        tries: open.tries,
        durationMs,
        outcome,
        endpoint,
      })
      if (outcome.outcome === 'give-up' && outcome.gone) await disableGone(open.workspaceId, endpoint.id)
    } catch (error) {
      log.error({ err: error, delivery: open.id }, 'a result could not be recorded; its lease will pass')
    }
  }

  /** Only a change of health writes: no delivery waits for its endpoint's row. */
  function noteHealth(endpoint: EndpointTarget, outcome: SendOutcome): void {
    const isFailing = outcome.outcome !== 'delivered'
    const known = failing.get(endpoint.id) ?? endpoint.failingSince !== null
    if (known === isFailing) return
    failing.set(endpoint.id, isFailing)
    markEndpointHealth(pool, endpoint.id, !isFailing).catch(() => failing.delete(endpoint.id))
  }

  async function disableGone(workspaceId: string, endpointId: string): Promise<void> {
    await transaction(pool, async (client) => {
      await disableEndpoint(client, workspaceId, endpointId, 'gone')
      await holdEndpointDeliveries(client, workspaceId, endpointId)
    })
    log.info({ endpoint: endpointId }, 'an endpoint answered 410 Gone and was disabled; its deliveries are held')
  }

  return {
    handle,
    send,
    tryEnter: (endpoint) => gate.tryEnter(endpoint.id),
    leave: (endpoint) => gate.leave(endpoint.id, 'slow'),
    async drained() {
      while (running.size > 0) await Promise.allSettled([...running])
    },
  }
}
