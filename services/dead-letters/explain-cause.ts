// One cause with whom it meets, a sample, and its sentences.
import type { Pool } from '#platform/postgres/index.ts'
import type { CauseDetail, Facet } from '#shared/contracts/dead-letter.ts'
import { Fault } from '#shared/fault.ts'
import { parsePublicId, publicId } from '#shared/ids.ts'
import { redactText } from '#shared/redact.ts'
import { explainCause } from '#shared/view/explain-cause.ts'
import { listCauses, readCauseFacts, readPlaces, readProof, type CauseFacts } from './read-causes.repository.ts'
import { readSample } from './read-letters.repository.ts'

/** Faults: not-found. `masked` for callers who may only look. */
export async function explainOneCause(pool: Pool, workspaceId: string, causeId: string, masked: boolean): Promise<CauseDetail> {
  const [cause] = await listCauses(pool, workspaceId, { state: 'open' }, { after: undefined, count: 1, ids: [causeId] })
  if (!cause) throw new Fault('not-found', 'There is no such cause.')
  const facts = await readCauseFacts(pool, workspaceId, causeId, cause.count > 0)
  const endpoints = facts.facets.filter((facet) => facet.facet === 'endpoints')
  const workflows = facts.facets.filter((facet) => facet.facet === 'workflows').map((facet) => facet.value)
  const channel = cause.channels[0] ?? null
  const lastAt = new Date(cause.lastSeenAt)
  const endpointIds = endpoints.map((facet) => facet.value)
  const [proof, places, sample] = await Promise.all([
    channel === null ? null : readProof(pool, workspaceId, { id: causeId, channel, endpointIds, since: lastAt }),
    readPlaces(pool, workspaceId, endpointIds, workflows),
    readSample(pool, workspaceId, parsePublicId('deadLetter', cause.sampleId)!),
  ])
  const title = masked ? redactText(cause.title) : cause.title
  return {
    ...cause,
    title,
    facets: { ...facetsOf(facts), of: facts.of },
    reach: facts.reach,
    explanation: explainCause({
      kind: cause.kind,
      errorCode: cause.errorCode,
      title,
      channel,
      count: cause.count > 0 ? cause.count : cause.total,
      open: cause.count > 0,
      firstAt: facts.firstAt ?? new Date(cause.firstSeenAt),
      lastAt,
      now: new Date(),
      maxAttempts: facts.maxAttempts,
      host: hostsOf(endpoints.map((facet) => facet.label)),
      endpoints: cause.affected.endpoints,
      recipients: cause.affected.recipients,
      workflows,
      reach: facts.reach,
      proof,
      places,
    }),
    sample: sample && masked ? redactSample(sample) : sample,
  }
}

function redactSample(sample: NonNullable<CauseDetail['sample']>): CauseDetail['sample'] {
  return {
    ...sample,
    error: redactText(sample.error),
    target: sample.target && redactText(sample.target),
    attempts: sample.attempts.map((attempt) => ({ ...attempt, error: attempt.error && redactText(attempt.error) })),
  }
}

function facetsOf(facts: CauseFacts): Omit<CauseDetail['facets'], 'of'> {
  const of = (wanted: CauseFacts['facets'][number]['facet']): Facet[] =>
    facts.facets
      .filter(({ facet }) => facet === wanted)
      .map(({ value, label, count }) =>
        wanted === 'endpoints' ? { value: publicId('endpoint', value), label: urlLabel(label), count } : { value, label, count },
      )
  return { endpoints: of('endpoints'), recipients: of('recipients'), workflows: of('workflows'), eventTypes: of('eventTypes') }
}

/** Queries of endpoint URLs carry tokens: they are no part of a label. */
function urlLabel(url: string): string {
  const parsed = URL.parse(url)
  return parsed ? `${parsed.host}${parsed.pathname}` : url
}

function hostsOf(urls: string[]): string | null {
  const hosts = [...new Set(urls.flatMap((url) => URL.parse(url)?.host ?? []))]
  if (hosts.length <= 2) return hosts.join(' and ') || null
  return `${hosts[0]} and ${hosts.length - 1} others`
}
