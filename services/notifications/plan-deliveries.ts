// Who gets what, on which channel, and who hands it over. No SQL here: the plan is written by recordFanOut.
import { newUuid, publicId } from '#shared/ids.ts'
import { withoutControls } from '#platform/postgres/index.ts'
import { deliveryQueue, type QueueName } from '#shared/jobs/queues.ts'
import type { NewLetter } from '../dead-letters/index.ts'
import { decideChannel, quietUntil, type Preference } from '../recipients/index.ts'
import type { EndpointTarget, PublishedWorkflow, Route } from '../routing/index.ts'
import type { Renderer, RenderItem } from '../workflows/index.ts'
import type { StartedEvent } from './fan-out.repository.ts'
import type { RecipientRow } from './fan-out-recipients.repository.ts'
import type { PlannedDelivery } from './planned-delivery.ts'

export interface Planning {
  event: StartedEvent
  route: Route
  recipients: RecipientRow[]
  /** Endpoints get an event once: with its first page. */
  withEndpoints: boolean
}

export interface Plan {
  deliveries: PlannedDelivery[]
  /** First attempts that are opened by the fan-out's own transaction; each has its slot. */
  mine: { delivery: PlannedDelivery; endpoint: EndpointTarget; event: StartedEvent }[]
  /** Letters of deliveries that are born dead. */
  failures: NewLetter[]
}

export interface PlanningDeps {
  renderer: Renderer
  enterWebhook: (endpoint: EndpointTarget) => boolean
  mayDispatch: (queue: QueueName, lane: string, rows: number) => boolean
}

interface Message {
  /** JSON text of attachment ids; null = none. */
  attachments: string | null
  delivery: PlannedDelivery
  item: RenderItem
  workflow: PublishedWorkflow
}

export async function planDeliveries(planning: Planning[], deps: PlanningDeps): Promise<Plan> {
  const plan: Plan = { deliveries: [], mine: [], failures: [] }
  const messages: Message[] = []
  const now = new Date()
  for (const each of planning) {
    planMessages(each, now, plan, messages)
    if (each.withEndpoints) planWebhooks(each, deps, plan)
  }
  if (messages.length > 0) await render(messages, deps.renderer, plan)
  for (const [workspaceId, mails] of Map.groupBy(
    plan.deliveries.filter((delivery) => delivery.channel === 'email' && delivery.state === 'pending' && delivery.dueAt === null),
    (delivery) => delivery.workspaceId,
  )) {
    if (deps.mayDispatch('delivery-email', workspaceId, mails.length)) for (const mail of mails) mail.handOver = 'dispatched'
  }
  return plan
}

function planMessages({ event, route, recipients }: Planning, now: Date, plan: Plan, messages: Message[]): void {
  const workflows = route.workflowsByType.get(event.type)
  if (!workflows || recipients.length === 0) return
  const data = JSON.parse(event.data) as Record<string, unknown>
  const eventContext = {
    id: publicId('event', event.id),
    type: event.type,
    acceptedAt: event.acceptedAt.toISOString(),
    source: event.source,
    subject: event.subject,
  }
  const workspace = { key: route.workspace.key, name: route.workspace.name }
  for (const workflow of workflows) {
    for (const step of workflow.steps) {
      for (const recipient of recipients) {
        const preference = recipient.preferences as Preference | null
        const decision = decideChannel(preference, { workflowKey: workflow.key, channel: step.channel, critical: workflow.critical })
        const delivery: PlannedDelivery = {
          id: newUuid(),
          eventId: event.id,
          workspaceId: event.workspaceId,
          notificationId: newUuid(),
          channel: step.channel,
          source: `${workflow.key}/${step.id}`,
          endpointId: null,
          recipientId: recipient.id,
          state: step.channel === 'in-app' ? 'delivered' : 'pending',
          reason: null,
          dueAt: null,
          handOver: 'relay',
          queue: deliveryQueue(step.channel),
          lane: event.workspaceId,
          address: step.channel === 'email' ? recipient.email : null,
          subject: null,
          content: 'null',
          workflowKey: workflow.key,
          workflowVersion: workflow.version,
          stepId: step.id,
        }
        plan.deliveries.push(delivery)
        if (!decision.send) {
          delivery.state = 'suppressed'
          delivery.reason = decision.reason
          continue
        }
        if (step.channel === 'email' && !recipient.email) {
          delivery.state = 'suppressed'
          delivery.reason = 'no email address'
          continue
        }
        if (step.channel === 'email' && !workflow.critical) {
          const until = quietUntil(preference, recipient.timeZone, now)
          if (until) {
            delivery.dueAt = until.toISOString()
            delivery.reason = 'quiet hours'
          }
        }
        // Later by quiet hours keeps its time: should the hold last until then, it is held when it is due.
        const why = route.holds.get(step.channel)
        if (why !== undefined && delivery.dueAt === null) {
          delivery.state = 'held'
          delivery.reason = why
          delivery.dueAt = 'infinity'
        }
        const { id, email, phone, locale, timeZone, attributes } = recipient
        messages.push({
          attachments: event.attachments,
          delivery,
          workflow,
          item: {
            workflowKey: workflow.key,
            version: workflow.version,
            stepId: step.id,
            channel: step.channel,
            template: step.template,
            context: { event: eventContext, data, recipient: { id, email, phone, locale, timeZone, attributes }, workspace },
          } as RenderItem,
        })
      }
    }
  }
}

async function render(messages: Message[], renderer: Renderer, plan: Plan): Promise<void> {
  const results = await renderer.renderBatch(messages.map((message) => message.item))
  messages.forEach(({ delivery, workflow, attachments }, i) => {
    const result = results[i]
    if (result?.ok) {
      const content = result.content
      delivery.subject = withoutControls('subject' in content ? content.subject : content.title, 512) || null
      delivery.content = JSON.stringify(delivery.channel === 'email' ? { ...workflow.email, ...content } : withFiles(content, attachments))
      return
    }
    // Its neighbours go out; this one is kept with its letter, and is rendered again when it is sent again.
    const error = result?.error ?? { code: 'template', message: 'The template gave no answer', where: 'fan-out.render' }
    delivery.state = 'dead'
    delivery.reason = withoutControls(error.message, 500)
    delivery.handOver = 'relay'
    plan.failures.push({
      workspaceId: delivery.workspaceId,
      kind: 'pipeline-fault',
      eventId: delivery.eventId,
      deliveryId: delivery.id,
      channel: delivery.channel,
      attempts: 0,
      errorCode: error.code,
      error: error.message,
      where: error.where,
    })
  })
}

/** An inbox message names its files; links to them are made for whoever reads it. */
function withFiles<C extends object>(content: C, attachments: string | null): C {
  return attachments === null ? content : { ...content, attachments: JSON.parse(attachments) as string[] }
}

function planWebhooks({ event, route }: Planning, deps: PlanningDeps, plan: Plan): void {
  for (const endpoint of route.endpointsFor(event.type, event.audience)) {
    const held = endpoint.state === 'enabled' ? route.holds.get('webhook') : 'endpoint disabled'
    // Links to files are made when the webhook leaves, by its own job.
    const mine = held === undefined && event.attachments === null && deps.enterWebhook(endpoint)
    const delivery: PlannedDelivery = {
      id: newUuid(),
      eventId: event.id,
      workspaceId: event.workspaceId,
      notificationId: null,
      channel: 'webhook',
      source: publicId('endpoint', endpoint.id),
      endpointId: endpoint.id,
      recipientId: null,
      state: held !== undefined ? 'held' : mine ? 'sending' : 'pending',
      reason: held ?? null,
      dueAt: held === undefined ? null : 'infinity',
      handOver: mine ? 'mine' : 'relay',
      queue: 'delivery-webhook',
      lane: endpoint.id,
      address: null,
      subject: null,
      content: null,
      workflowKey: null,
      workflowVersion: null,
      stepId: null,
    }
    plan.deliveries.push(delivery)
    if (mine) plan.mine.push({ delivery, endpoint, event })
  }
}
