import { transaction, type Pool } from '#platform/postgres/index.ts'
import type { Actor } from '#shared/contracts/audit.ts'
import type { EventSummary, EventView } from '#shared/contracts/event.ts'
import type { EventListQuery } from '#shared/contracts/event-reading.ts'
import { toLookPage, type LookPage } from '#shared/contracts/page.ts'
import { Fault } from '#shared/fault.ts'
import { positionOf, uuidOf, uuidOfCursor } from '#shared/id-cursor.ts'
import { redactJson, redactText } from '#shared/redact.ts'
import { appendAudit } from '../audit/index.ts'
import { readDeliveriesOfEvent, redactDelivery } from '../delivery/index.ts'
import { hiddenFault, readMaskedNames, type Sight } from '../masking/index.ts'
import { readNotificationsOfEvent, redactNotification } from '../notifications/index.ts'
import { cancelEventIn } from './cancel-event.repository.ts'
import { findEvent, listEvents } from './read-events.repository.ts'

/** An event to a large topic has more: the lists of notifications and deliveries take its id as a filter. */
export const partsShown = 1_000

export interface Events {
  /** Newest first. Faults: forbidden when the subject asked for is one that this sight does not show. */
  list(workspaceId: string, query: EventListQuery, sight: Sight): Promise<LookPage<EventSummary>>
  /** With its notifications, deliveries and attempts, the first `partsShown` of each. Faults: not-found. */
  get(workspaceId: string, id: string, sight?: Sight): Promise<EventView>
  /** Cancels what has not been sent, and answers the event as it is then. Faults: not-found; conflict when it has ended. */
  cancel(workspaceId: string, actor: Actor, id: string, reason?: string): Promise<EventView>
}

export function createEvents(deps: { pool: Pool }): Events {
  const { pool } = deps

  async function get(workspaceId: string, id: string, { masked }: Sight = { masked: false }): Promise<EventView> {
    const uuid = uuidOf('event', id)
    // The event first: what is read after it can only be newer, so that a completed event does not show what was still open before.
    const event = await findEvent(pool, workspaceId, uuid)
    if (!event) throw new Fault('not-found', 'There is no such event.')
    const [notifications, deliveries] = await Promise.all([
      readNotificationsOfEvent(pool, workspaceId, uuid, partsShown),
      readDeliveriesOfEvent(pool, workspaceId, uuid, partsShown),
    ])
    const whole = { ...event, notifications, deliveries }
    if (!masked) return whole
    const names = await readMaskedNames(pool, workspaceId)
    // A reference to a recipient may carry a whole profile.
    return {
      ...redactSummary(whole),
      data: redactJson(event.data, names),
      recipients: redactJson(event.recipients, [...names, 'attributes']),
      notifications: notifications.map(redactNotification),
      deliveries: deliveries.map(redactDelivery),
    }
  }

  return {
    get,
    async list(workspaceId, { limit, cursor, ...query }, { masked }) {
      if (masked && query.subject !== undefined && redactText(query.subject) !== query.subject)
        throw hiddenFault('Looking for a subject with a person or a secret in it')
      const page = { before: uuidOfCursor('event', cursor), count: limit + 1 }
      const { rows, reached } = await listEvents(pool, workspaceId, query, page)
      return toLookPage(masked ? rows.map(redactSummary) : rows, limit, (last) => last.id, positionOf('event', reached))
    },
    async cancel(workspaceId, actor, id, reason) {
      await transaction(pool, async (client) => {
        const deliveries = await cancelEventIn(client, workspaceId, uuidOf('event', id))
        const subject = { subjectKind: 'event', subjectId: id, reason: reason ?? null, details: { deliveries } }
        await appendAudit(client, { workspaceId, actor, action: 'event.cancel', ...subject })
      })
      return get(workspaceId, id)
    },
  }
}

function redactSummary<T extends EventSummary>(event: T): T {
  return { ...event, subject: event.subject && redactText(event.subject), reason: event.reason && redactText(event.reason) }
}
