// Places of the system where traffic is measured, by id. The collector fills them; the map's edges and nodes name them.
import type { Channel } from '../contracts/event-states.ts'
import { queueNames, type QueueName } from '../queue-names.ts'

/** Stages of a request through the API, in order. Suffix `.refused` is not used: what a stage refuses counts as its errors. */
export const requestMeasures = [
  'http.accept',
  'http.console',
  'http.inbox',
  'http.other',
  'auth',
  'limits',
  'validation',
  'accept.commit',
] as const

/** Of one API process: `api.<process name>`. */
export const apiMeasure = (processName: string): string => `api.${processName}`
/** Rows that became due for a queue. */
export const arriveMeasure = (queue: QueueName): string => `queue.${queue}.arrive`
/** Rows handed over to a queue by the relay or the accepting process; its time is due -> dispatched. */
export const dispatchMeasure = (queue: QueueName): string => `queue.${queue}.dispatch`
/** Rows done by the workers of a queue; its time is the work itself. */
export const serveMeasure = (queue: QueueName): string => `queue.${queue}.serve`
/** Attempts at the providers of a channel; errors are attempts that were not delivered. */
export const providerMeasure = (channel: string): string => `provider.${channel}`
/** Where the provider of a channel stands on the map. */
export const providerPlaces: Record<Channel, string> = { email: 'mail', webhook: 'endpoints', 'in-app': 'inboxes' }
/** Dead letters written, by channel ('pipeline' for faults of the fan-out). */
export const lettersMeasure = (channel: string): string => `letters.${channel}`
/** Attempts that end in another one later, by channel. */
export const retriesMeasure = (channel: string): string => `retries.${channel}`
/** Attempts that failed, by channel and error code: `fails.email.smtp-421`. */
export const failsMeasure = (channel: string, code: string): string => `fails.${channel}.${code}`
/** The other way round; undefined for what is no such place. */
export function failsOf(place: string): { channel: string; code: string } | undefined {
  const [, channel, code] = /^fails\.([a-z-]+)\.(.+)$/.exec(place) ?? []
  return channel && code ? { channel, code } : undefined
}
/** Looks into the routes that a worker remembers; errors are misses. */
export const routesCacheMeasure = 'cache.routes'
/** The relay's claims; its time is due -> handed over. */
export const relayMeasure = 'relay'
/** Searches; its errors are those that the index did not answer. */
export const searchMeasure = 'search'
/** Questions to the object store, and bytes that clients send through us; errors are those that it did not answer. */
export const objectStoreMeasure = 'object-store'
/** Documents brought into the search index; its time is changed -> findable. */
export const indexMeasure = 'search.index'
/** Counted beside the flow, and so no place of the map: retries, looks into caches, the relay's claims. */
export const isSideMeasure = (id: string): boolean => id.startsWith('retries.') || id.startsWith('cache.') || id === relayMeasure
/** Statements and calls of the stores: `postgres.accept` (API commits), `postgres.workers`, `redis`. */
export const storeMeasures = ['postgres.accept', 'postgres.read', 'postgres.workers', 'redis'] as const

export const queueMeasures: readonly string[] = queueNames.flatMap((name) => [
  arriveMeasure(name),
  dispatchMeasure(name),
  serveMeasure(name),
])
