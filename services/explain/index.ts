// Explain: why somebody did or did not get something, from the rows themselves.
//
// fact       a row as it is, read without judgement
// judgement  what a row means, as an answer and a clause
// chain      the rows in the order of the path, each with its proof: id, time, reason
import type { Pool } from '#platform/postgres/index.ts'
import type { ExplainQuery, Explanation } from '#shared/contracts/explain.ts'
import { Fault } from '#shared/fault.ts'
import { uuidOf } from '#shared/id-cursor.ts'
import { redactText } from '#shared/redact.ts'
import type { Sight } from '../masking/index.ts'
import { readDeliveriesOfPair, readNotableDeliveries } from './delivery-facts.repository.ts'
import type { EventFact, PairFacts } from './explain-facts.ts'
import { lastEventsOf, readEvents, readOutcomes, readRecipient, readWorkflows, resolveRecipient } from './explain.repository.ts'
import { explainPair } from './explain-pair.rules.ts'
import { explainRecipient } from './explain-recipient.rules.ts'
import { explainWholeEvent } from './explain-event.rules.ts'

export interface Explain {
  /** Without addresses where these are masked, and then nobody is found by one. Faults: invalid when neither is given; not-found for an unknown event. */
  explain(workspaceId: string, query: ExplainQuery, sight: Sight): Promise<Explanation>
}

/** How many events of a recipient are told. */
const eventsTold = 10
/** How many deliveries of an event are told one by one. */
const deliveriesTold = { missing: 10, late: 2 }

export function createExplain({ pool }: { pool: Pool }): Explain {
  async function findEvent(workspaceId: string, id: string): Promise<EventFact> {
    const [event] = await readEvents(pool, workspaceId, [uuidOf('event', id)])
    if (!event) throw new Fault('not-found', 'There is no such event.')
    return event
  }

  /** The facts of one recipient in some events. The events were read before: what is read after them can only be newer. */
  async function pairsOf(workspaceId: string, events: EventFact[], recipientId: string): Promise<PairFacts[]> {
    const uuids = events.map((event) => uuidOf('event', event.id))
    const [recipient, workflows, deliveries] = await Promise.all([
      readRecipient(pool, workspaceId, recipientId),
      readWorkflows(pool, workspaceId, [...new Set(events.map((event) => event.type))]),
      readDeliveriesOfPair(pool, workspaceId, uuids, recipientId),
    ])
    const now = new Date()
    return events.map((event, index) => ({
      now,
      event,
      recipient,
      workflows: workflows.get(event.type) ?? [],
      deliveries: deliveries.get(uuids[index]!) ?? [],
    }))
  }

  async function answer(workspaceId: string, { recipient, event: eventId }: ExplainQuery, { masked }: Sight): Promise<Explanation> {
    if (recipient === undefined && eventId === undefined) {
      const message = 'must be given, or event'
      throw new Fault('invalid', 'The query names neither a recipient nor an event.', { errors: [{ path: 'recipient', message }] })
    }
    const recipientId = recipient === undefined ? null : masked ? recipient : await resolveRecipient(pool, workspaceId, recipient)
    const base = { asOf: new Date().toISOString(), recipientId, eventId: eventId ?? null, counts: null, events: [] }
    if (eventId === undefined) {
      const ids = await lastEventsOf(pool, workspaceId, recipientId!, eventsTold)
      const pairs = await pairsOf(workspaceId, await readEvents(pool, workspaceId, ids), recipientId!)
      return { ...base, ...explainRecipient(pairs[0]?.recipient ?? (await readRecipient(pool, workspaceId, recipientId!)), pairs) }
    }
    const event = await findEvent(workspaceId, eventId)
    if (recipientId !== null) {
      const [pair] = await pairsOf(workspaceId, [event], recipientId)
      return { ...base, ...explainPair(pair!) }
    }
    const uuid = uuidOf('event', eventId)
    const [workflows, outcomes, notable] = await Promise.all([
      readWorkflows(pool, workspaceId, [event.type]),
      readOutcomes(pool, workspaceId, uuid),
      readNotableDeliveries(pool, workspaceId, uuid, deliveriesTold),
    ])
    return { ...base, ...explainWholeEvent({ now: new Date(), event, workflows: workflows.get(event.type) ?? [], outcomes, ...notable }) }
  }

  return {
    async explain(workspaceId, query, sight) {
      const explanation = await answer(workspaceId, query, sight)
      return sight.masked ? redactExplanation(explanation) : explanation
    },
  }
}

function redactExplanation(explanation: Explanation): Explanation {
  return {
    ...explanation,
    sentence: redactText(explanation.sentence),
    details: explanation.details.map(redactText),
    chain: explanation.chain.map((step) => ({ ...step, text: redactText(step.text) })),
    events: explanation.events.map((event) => ({ ...event, sentence: redactText(event.sentence) })),
  }
}
