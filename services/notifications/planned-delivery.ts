import type { Channel, DeliveryState } from '#shared/contracts/event.ts'
import type { QueueName } from '#shared/jobs/queues.ts'

/** A delivery that the fan-out is about to write, with its notification when it has one. */
export interface PlannedDelivery {
  id: string
  eventId: string
  workspaceId: string
  /** NULL for endpoints: a webhook has no notification. */
  notificationId: string | null
  channel: Channel
  source: string
  endpointId: string | null
  recipientId: string | null
  state: Extract<DeliveryState, 'pending' | 'sending' | 'delivered' | 'suppressed' | 'dead' | 'held'>
  reason: string | null
  /** NULL = now; 'infinity' = held. */
  dueAt: string | null
  /** mine: its first attempt is opened here; dispatched: its job is added after the commit; relay: nobody holds it. */
  handOver: 'mine' | 'dispatched' | 'relay'
  queue: QueueName
  lane: string
  address: string | null
  subject: string | null
  /** Rendered content as JSON text; 'null' when it could not be rendered. */
  content: string | null
  workflowKey: string | null
  workflowVersion: number | null
  stepId: string | null
}
