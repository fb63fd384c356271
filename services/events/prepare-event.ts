// From a parsed body to the row that is written: everything that can be refused is refused here, before the transaction.
import { detailsOf } from '#platform/json/invalid-details.ts'
import { Fault } from '#shared/fault.ts'
import { eventInputSchema, priorities } from '#shared/contracts/event.ts'
import { newUuid, uuidTime } from '#shared/ids.ts'

export interface PreparedEvent {
  id: string
  workspaceId: string
  type: string
  acceptedAt: string
  /** JSON text. */
  recipients: string
  /** JSON text. */
  data: string
  source: string | null
  subject: string | null
  audience: string | null
  priority: number
  /** Only when it lies in the future. */
  scheduledAt: string | null
  expiresAt: string | null
  /** JSON text of attachment ids; null = none. Who accepts the event looks whether they are there (services/attachments). */
  attachments: string | null
}

const yearMs = 366 * 86_400_000

/** Validates one event. Throws Fault 'invalid' with the path of every problem. */
export function prepareEvent(workspaceId: string, body: unknown): PreparedEvent {
  const parsed = eventInputSchema.safeParse(body)
  if (!parsed.success) throw new Fault('invalid', 'The event is not valid', { errors: detailsOf(parsed.error.issues) })
  const input = parsed.data
  const id = newUuid()
  const nowMs = uuidTime(id)
  const scheduledMs = input.scheduledAt === undefined ? null : Date.parse(input.scheduledAt)
  if (scheduledMs !== null && scheduledMs > nowMs + yearMs) {
    throw new Fault('invalid', 'The event is not valid', { errors: [{ path: '/scheduledAt', message: 'must be at most a year ahead' }] })
  }
  return {
    id,
    workspaceId,
    type: input.type,
    acceptedAt: new Date(nowMs).toISOString(),
    recipients: input.recipients.length === 0 ? '[]' : JSON.stringify(input.recipients),
    data: JSON.stringify(input.data),
    source: input.source ?? null,
    subject: input.subject ?? null,
    audience: input.audience ?? null,
    priority: priorities[input.priority ?? 'normal'],
    scheduledAt: scheduledMs !== null && scheduledMs > nowMs ? new Date(scheduledMs).toISOString() : null,
    expiresAt: input.expiresAt === undefined ? null : new Date(input.expiresAt).toISOString(),
    attachments: input.attachments && input.attachments.length > 0 ? JSON.stringify([...new Set(input.attachments)]) : null,
  }
}
