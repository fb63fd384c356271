// Rows of the main path, written by the path's own statements, step by step: what a test of readers stands on.
import type { Channel } from '#shared/contracts/event.ts'
import { newUuid, publicId } from '#shared/ids.ts'
import { deliveryQueue } from '#shared/jobs/queues.ts'
import { transaction } from '#platform/postgres/index.ts'
import { recordDeliveryResults } from '#services/delivery/index.ts'
import { insertLetters } from '#services/dead-letters/index.ts'
import { prepareEvent } from '#services/events/index.ts'
import { insertEventRows } from '#services/events/accept.repository.ts'
import { openAttempts, startDeliveries } from '#services/delivery/delivery.repository.ts'
import { recordFanOut, startEvents } from '#services/notifications/fan-out.repository.ts'
import type { PlannedDelivery } from '#services/notifications/planned-delivery.ts'
import type { TestPlatform } from './test-platform.ts'

export interface MessagePlan {
  channel: Channel
  recipientId?: string
  address?: string
  subject?: string
  content?: object | null
  endpointId?: string
  state?: PlannedDelivery['state']
  reason?: string
  workflowKey?: string
}

export interface Written {
  deliveryId: string
  notificationId: string | null
}

export interface AttemptEnd {
  state: 'delivered' | 'retrying' | 'dead' | 'maybe-sent'
  statusCode?: number
  errorCode?: string
  error?: string
  where?: string
  retryInMs?: number
}

const outcomes = { delivered: 'delivered', retrying: 'retry', dead: 'give-up', 'maybe-sent': 'maybe-sent' } as const

export function createPathRows(platform: TestPlatform, workspaceId = platform.workspaceId) {
  const { pool, hot, lazy } = platform
  const owner = newUuid()

  /** A dispatch without Redis. */
  async function dispatch(id: string): Promise<{ id: string; n: number }> {
    const { rows } = await pool.query(
      "UPDATE outbox SET leased = true, lease_until = now() + interval '1 minute', dispatches = dispatches + 1, due_at = least(due_at, now()) WHERE id = $1 AND due_at < 'infinity' RETURNING dispatches AS n",
      [id],
    )
    if (!rows[0]) throw new Error(`${id} has no outbox row`)
    return { id, n: rows[0].n as number }
  }

  return {
    owner,

    /** A durable event. Answers its UUID. */
    async accept(input: object): Promise<string> {
      const event = prepareEvent(workspaceId, input)
      await insertEventRows(hot, [{ ...event, leased: false }])
      return event.id
    },

    async addEndpoint(changes: { url?: string; state?: string } = {}): Promise<string> {
      const id = newUuid()
      await pool.query("INSERT INTO endpoint (id, workspace_id, url, event_types, state) VALUES ($1, $2, $3, '{*}', $4)", [
        id,
        workspaceId,
        changes.url ?? 'https://example.com/hook',
        changes.state ?? 'enabled',
      ])
      return id
    },

    /** The whole fan-out of an event, as planned. */
    async fanOut(eventId: string, plans: MessagePlan[]): Promise<Written[]> {
      const ref = await dispatch(eventId)
      const [started] = await startEvents(lazy, owner, [ref])
      const planned = plans.map((plan): PlannedDelivery => {
        const message = plan.channel !== 'webhook'
        const state = plan.state ?? (plan.channel === 'in-app' ? 'delivered' : 'pending')
        return {
          id: newUuid(),
          eventId,
          workspaceId,
          notificationId: message ? newUuid() : null,
          channel: plan.channel,
          source: plan.endpointId ? publicId('endpoint', plan.endpointId) : `${plan.workflowKey ?? 'welcome'}/${plan.channel}`,
          endpointId: plan.endpointId ?? null,
          recipientId: plan.recipientId ?? (message ? 'u1' : null),
          state,
          reason: plan.reason ?? null,
          dueAt: state === 'held' ? 'infinity' : null,
          handOver: 'relay',
          queue: deliveryQueue(plan.channel),
          lane: plan.endpointId ?? workspaceId,
          address: plan.address ?? (plan.channel === 'email' ? 'u1@example.com' : null),
          subject: plan.subject ?? (message ? 'Hello' : null),
          content: message ? JSON.stringify(plan.content === undefined ? { subject: 'Hello', text: 'World' } : plan.content) : null,
          workflowKey: message ? (plan.workflowKey ?? 'welcome') : null,
          workflowVersion: message ? 1 : null,
          stepId: message ? plan.channel : null,
        }
      })
      await recordFanOut(
        hot,
        owner,
        [{ id: eventId, n: ref.n, expired: false, wasScheduled: started!.state === 'scheduled', replayed: false }],
        planned,
        null,
      )
      return planned.map(({ id, notificationId }) => ({ deliveryId: id, notificationId }))
    },

    /** Starts a delivery and opens its attempt; nobody records what it came to. */
    async open(deliveryId: string) {
      const ref = await dispatch(deliveryId)
      const [row] = await startDeliveries(lazy, owner, [ref])
      const [opened] = await openAttempts(hot, owner, [ref])
      if (!row || !opened) throw new Error(`${deliveryId} could not be opened`)
      return { row, opened }
    },

    /** One attempt of a delivery, from start to record; dead ones get their letter. */
    async attempt(deliveryId: string, end: AttemptEnd): Promise<void> {
      const { row, opened } = await this.open(deliveryId)
      const failed = end.state !== 'delivered'
      const error = failed ? (end.error ?? 'connect ECONNREFUSED 127.0.0.1:9') : null
      const errorCode = failed ? (end.errorCode ?? 'connection-refused') : null
      await transaction(hot, async (client) => {
        const states = await recordDeliveryResults(client, [
          {
            workspaceId,
            deliveryId,
            eventId: row.eventId,
            version: opened.version,
            state: end.state,
            outcome: outcomes[end.state],
            statusCode: end.statusCode ?? null,
            errorCode,
            error,
            durationMs: 12,
            retryInMs: end.state === 'retrying' ? (end.retryInMs ?? 60_000) : null,
            reason: error,
          },
        ])
        if (states.get(deliveryId) !== end.state) throw new Error(`recorded as ${states.get(deliveryId)}`)
        if (end.state === 'dead') {
          await insertLetters(client, [
            {
              workspaceId,
              kind: 'delivery-exhausted',
              eventId: row.eventId,
              deliveryId,
              channel: row.channel,
              attempts: opened.tries,
              errorCode: errorCode!,
              error: error!,
              where: end.where ?? `${row.channel}.send`,
            },
          ])
        }
      })
    },
  }
}

export type PathRows = ReturnType<typeof createPathRows>
