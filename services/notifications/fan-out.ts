// A chunk of events becomes notifications and deliveries, in one statement; small webhooks get their first attempt in the
// same transaction and leave from this process.
import { createPacedBatcher } from '#platform/batching/paced-batcher.ts'
import { failPoint } from '#platform/lifecycle/fail-points.ts'
import { isUnavailable, retrySerialization, transaction, type Pool } from '#platform/postgres/index.ts'
import type { Dispatch, Queues } from '#platform/queue/index.ts'
import type { Log } from '#platform/telemetry/log.ts'
import { tellTrouble } from '#platform/trouble/index.ts'
import type { RecipientReference } from '#shared/contracts/event.ts'
import { publicId } from '#shared/ids.ts'
import { queues as definitions, type RowRef } from '#shared/jobs/queues.ts'
import { webhookBody } from '../channels/index.ts'
import { insertLetters } from '../dead-letters/index.ts'
import type { OpenWebhook, WebhookDeliverer } from '../delivery/index.ts'
import { giveBack, undoDispatch, wakeRelay, type HeldRows, type LaneBudget } from '../outbox/index.ts'
import type { Routing } from '../routing/index.ts'
import type { Renderer } from '../workflows/index.ts'
import { isForEndpointsOnly, recordEndpointFanOut } from './fan-out-to-endpoints.repository.ts'
import { readAlreadyDelivered, recordFanOut, startEvents, type FanOutResult, type StartedEvent } from './fan-out.repository.ts'
import { readTopicPage, type RecipientRow } from './fan-out-recipients.repository.ts'
import { gatherRecipients } from './gather-recipients.ts'
import { planDeliveries, type Plan, type Planning } from './plan-deliveries.ts'

export interface FanOutDeps {
  owner: string
  hot: Pool
  lazy: Pool
  log: Log
  held: HeldRows
  queues: Queues
  budget: LaneBudget
  routing: Routing
  renderer: Renderer
  webhooks: WebhookDeliverer
  /** Inbox messages that are delivered, and how long their statement took. */
  publishInbox: (items: FanOutResult['inbox'], tookMs: number) => void
  /** Events whose effect was recorded. */
  onDone?: (count: number, events: readonly { workspaceId: string }[]) => void
}

/** Deliveries that one transaction writes, about. */
const deliveriesPerTransaction = 2_000
const topicPage = 1_000

/** Where a fan-out to topics goes on; page 0 is the recipients named directly. */
interface Cursor {
  topic: number
  after: string
}

/** What takes longer. Not a bare promise: what resolves with one waits for it. */
interface Others {
  done: Promise<unknown>
}

export function createFanOut(deps: FanOutDeps): { handle(refs: RowRef[]): Promise<void> } {
  const { owner, hot, lazy, held, log } = deps

  // Chunks that come while another is being recorded share the next statements: what a statement costs before its first row is
  // paid once. What goes to people needs templates, and topics have pages: both take their time, and keep nobody else waiting.
  const together = createPacedBatcher<RowRef[], Others>({
    weigh: (refs) => refs.length,
    paceMs: 0,
    busyPaceMs: 14,
    busyFrom: 24,
    size: 96,
    concurrency: 1,
    flush: async (chunks) => {
      const others = await fanOutRows(chunks.length === 1 ? chunks[0]! : chunks.flat())
      return chunks.map(() => others)
    },
  })

  async function handle(refs: RowRef[]): Promise<void> {
    const { done } = await together.add(refs)
    await done
  }

  /** Resolves when what goes to nobody but endpoints is recorded. */
  async function fanOutRows(refs: RowRef[]): Promise<Others> {
    const started = await startEvents(lazy, owner, refs)
    held.add(started.map((event) => event.id))
    failPoint?.('after-start', started.map((event) => event.type).join(' '))
    const toTopics: StartedEvent[] = []
    const toPeople: StartedEvent[] = []
    const toEndpoints: StartedEvent[] = []
    for (const event of started) {
      const list = event.recipients === '[]' ? toEndpoints : event.recipients.includes('"topic"') ? toTopics : toPeople
      list.push(event)
    }
    const done = Promise.all([...intoGroups(toPeople).map((group) => guarded(group)), ...toTopics.map((event) => guarded([event]))])
    if (toEndpoints.length > 0) await Promise.all(intoGroups(toEndpoints).map((group) => guarded(group)))
    return { done }
  }

  /** Runs a group; when it fails, each event alone, so that only the one at fault is given back with the error. */
  async function guarded(events: StartedEvent[]): Promise<void> {
    try {
      await (events.length === 1 && events[0]!.recipients.includes('"topic"') ? fanOutPage(events[0]!) : fanOutGroup(events))
      held.release(events.map((event) => event.id))
    } catch (error) {
      if (events.length > 1 && !isUnavailable(error)) {
        for (const event of events) await guarded([event])
        return
      }
      log.error({ err: error, events: events.map((event) => event.id).slice(0, 5) }, 'a fan-out failed; its events are given back')
      const rows = events.map((event) => ({
        id: event.id,
        n: event.n,
        delayMs: 500 * 2 ** Math.min(event.starts, 6),
        error: tellTrouble(error),
      }))
      await giveBack(hot, owner, rows, { kind: 'fan-out', refund: isUnavailable(error) }).catch(() => {})
      held.release(events.map((event) => event.id))
    }
  }

  async function fanOutGroup(events: StartedEvent[]): Promise<void> {
    const planning: Planning[] = []
    const live = events.filter((event) => !event.expired)
    const recipients = await gatherRecipients(hot, live)
    for (const event of live) {
      planning.push({
        event,
        route: await deps.routing.get(event.workspaceId, event.configRevision),
        recipients: recipients.get(event.id) ?? [],
        withEndpoints: true,
      })
    }
    await record(events, await plan(planning), null)
  }

  /** One page of an event that goes to topics: named recipients first, then each topic's members, 1,000 at a time. */
  async function fanOutPage(event: StartedEvent): Promise<void> {
    if (event.expired) return record([event], await plan([]), null)
    const route = await deps.routing.get(event.workspaceId, event.configRevision)
    const references = JSON.parse(event.recipients) as RecipientReference[]
    const topics = [
      ...new Set(references.flatMap((reference) => (typeof reference === 'object' && 'topic' in reference ? [reference.topic] : []))),
    ]
    const cursor: Cursor = event.cursor ? (JSON.parse(event.cursor) as Cursor) : { topic: -1, after: '' }
    let page: RecipientRow[]
    let next: Cursor | null
    if (cursor.topic < 0) {
      page = (await gatherRecipients(hot, [event])).get(event.id) ?? []
      next = { topic: 0, after: '' }
      // Small topics share the first page: one transaction is all that most events need.
      while (next && next.topic < topics.length && page.length < topicPage) {
        const more = await readTopicPage(hot, event.workspaceId, {
          topic: topics[next.topic]!,
          after: next.after,
          exclude: topics.slice(0, next.topic),
          limit: topicPage - page.length,
        })
        const room = topicPage - page.length
        page.push(...more)
        next = more.length < room ? { topic: next.topic + 1, after: '' } : { topic: next.topic, after: more.at(-1)!.id }
      }
    } else {
      page = await readTopicPage(hot, event.workspaceId, {
        topic: topics[cursor.topic]!,
        after: cursor.after,
        exclude: topics.slice(0, cursor.topic),
        limit: topicPage,
      })
      next = page.length < topicPage ? { topic: cursor.topic + 1, after: '' } : { topic: cursor.topic, after: page.at(-1)!.id }
    }
    if (next && next.topic >= topics.length) next = null
    const unique = [...new Map(page.map((recipient) => [recipient.id, recipient])).values()]
    // Someone named directly, or who moved between topics while pages went by, gets it once.
    const already =
      cursor.topic < 0
        ? new Set<string>()
        : await transaction(hot, (client) =>
            readAlreadyDelivered(
              client,
              event.id,
              unique.map((recipient) => recipient.id),
            ),
          )
    const recipients = unique.filter((recipient) => !already.has(recipient.id))
    await record([event], await plan([{ event, route, recipients, withEndpoints: cursor.topic < 0 }]), next ? JSON.stringify(next) : null)
  }

  function plan(planning: Planning[]): Promise<Plan> {
    return planDeliveries(planning, {
      renderer: deps.renderer,
      enterWebhook: (endpoint) => deps.budget.direct('delivery-webhook', endpoint.id) && deps.webhooks.tryEnter(endpoint),
      mayDispatch: (queue, lane, rows) => deps.budget.take(queue, lane, rows),
    })
  }

  async function record(events: StartedEvent[], planned: Plan, cursor: string | null): Promise<void> {
    const effects = events.map((event) => ({
      id: event.id,
      n: event.n,
      expired: event.expired,
      wasScheduled: event.state === 'scheduled',
      replayed: event.replayed,
    }))
    held.add(planned.mine.map((mine) => mine.delivery.id))
    const startedAt = performance.now()
    let result: FanOutResult
    try {
      result =
        planned.failures.length === 0
          ? await retrySerialization(() =>
              cursor === null && isForEndpointsOnly(effects, planned.deliveries)
                ? recordEndpointFanOut(hot, owner, effects, planned.deliveries)
                : recordFanOut(hot, owner, effects, planned.deliveries, cursor),
            )
          : await transaction(hot, async (client) => {
              const recorded = await recordFanOut(client, owner, effects, planned.deliveries, cursor)
              await insertLetters(
                client,
                planned.failures.filter((letter) => recorded.eventIds.has(letter.eventId)),
              )
              return recorded
            })
    } catch (error) {
      for (const mine of planned.mine) deps.webhooks.leave(mine.endpoint)
      held.release(planned.mine.map((mine) => mine.delivery.id))
      throw error
    }
    const tookMs = performance.now() - startedAt
    failPoint?.('after-fan-out')
    for (const mine of planned.mine) {
      if (!result.eventIds.has(mine.delivery.eventId)) {
        deps.webhooks.leave(mine.endpoint)
        held.release([mine.delivery.id])
        continue
      }
      void deps.webhooks.send(openWebhook(mine.delivery, mine.endpoint, mine.event))
    }
    handOver(planned, result.eventIds)
    // The next page is a row that nobody holds; so is a webhook with files.
    if (cursor !== null || events.some((event) => event.attachments !== null)) await wakeRelay(hot)
    if (result.inbox.length > 0) deps.publishInbox(result.inbox, tookMs)
    deps.onDone?.(result.eventIds.size, events)
  }

  function handOver(planned: Plan, recorded: Set<string>): void {
    const dispatches: Dispatch[] = []
    for (const [queue, list] of Map.groupBy(
      planned.deliveries.filter((delivery) => delivery.handOver === 'dispatched' && recorded.has(delivery.eventId)),
      (delivery) => delivery.queue,
    )) {
      const size = definitions[queue].chunkRows
      for (let i = 0; i < list.length; i += size)
        dispatches.push({ queue, rows: list.slice(i, i + size).map((delivery) => ({ id: delivery.id, n: 1 })), delayMs: 0 })
    }
    if (dispatches.length === 0) return
    deps.queues.add(dispatches).catch((error: Error) => {
      log.warn({ error: error.message }, 'Redis did not take new deliveries; the relay will')
      undoDispatch(
        hot,
        dispatches.flatMap((dispatch) => dispatch.rows),
      ).catch(() => {})
    })
  }

  return { handle }
}

function openWebhook(delivery: Plan['deliveries'][number], endpoint: OpenWebhook['endpoint'], event: StartedEvent): OpenWebhook {
  return {
    id: delivery.id,
    workspaceId: delivery.workspaceId,
    eventId: delivery.eventId,
    version: 1,
    tries: 1,
    endpoint,
    body: webhookBody({
      type: event.type,
      timestampIso: event.acceptedAt.toISOString(),
      dataJson: event.data,
      eventId: publicId('event', event.id),
    }),
  }
}

/** Groups whose deliveries fit one transaction, guessed by the recipients' text. */
function intoGroups(events: StartedEvent[]): StartedEvent[][] {
  const groups: StartedEvent[][] = []
  let group: StartedEvent[] = []
  let weight = 0
  for (const event of events) {
    const guess = 1 + event.recipients.length / 16
    if (group.length > 0 && weight + guess > deliveriesPerTransaction) {
      groups.push(group)
      group = []
      weight = 0
    }
    group.push(event)
    weight += guess
  }
  if (group.length > 0) groups.push(group)
  return groups
}
