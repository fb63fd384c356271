// Where a worker's work passes: the places of the map that stand for queues, providers and dead letters.
import { queueNames, type QueueName } from '#shared/jobs/queues.ts'
import {
  failsMeasure,
  lettersMeasure,
  providerMeasure,
  retriesMeasure,
  routesCacheMeasure,
  serveMeasure,
} from '#shared/topology/measures.ts'
import type { Counters, Place } from '#platform/telemetry/counters.ts'

interface Recorded {
  channel: string
  outcome: string | null
  durationMs: number | null
  errorCode: string | null
}

/** Codes are a short list; should one be made of something endless, the rest is counted as one. */
const codesPerChannel = 40

export interface WorkPlaces {
  /** The result of a delivery is durable. */
  recorded(result: Recorded, state: string): void
  /** Inbox messages that the fan-out wrote as delivered, in one statement that took so long. */
  intoInboxes(count: number, ms: number): void
  /** A chunk of a queue was handled; its rows are counted where their effect is. */
  handled(queue: QueueName, ms: number): void
  /** Rows of a queue whose work ended here. */
  done(queue: QueueName, rows: number): void
  /** A fan-out failed for good. */
  pipelineLetter(): void
  /** The relay handed a claim over; the latest of its rows was so late. */
  relayed(lagMs: number): void
  routes(hit: boolean): void
}

export function createWorkPlaces(counters: Counters): WorkPlaces {
  const serve = new Map<string, Place>(queueNames.map((queue) => [queue, counters.place(serveMeasure(queue))]))
  const channels = ['email', 'webhook', 'in-app'].map((channel) => [
    channel,
    {
      provider: counters.place(providerMeasure(channel)),
      retries: counters.place(retriesMeasure(channel)),
      letters: counters.place(lettersMeasure(channel)),
      fails: new Map<string, Place>(),
    },
  ]) as [string, Record<'provider' | 'retries' | 'letters', Place> & { fails: Map<string, Place> }][]
  const byChannel = new Map(channels)
  const failsPlace = (channel: string, fails: Map<string, Place>, errorCode: string): Place => {
    const code = fails.has(errorCode) || fails.size < codesPerChannel ? errorCode : 'other'
    let place = fails.get(code)
    if (!place) fails.set(code, (place = counters.place(failsMeasure(channel, code))))
    return place
  }
  const pipeline = counters.place(lettersMeasure('pipeline'))
  const relay = counters.place('relay')
  const routes = counters.place(routesCacheMeasure)
  return {
    recorded(result, state) {
      const places = byChannel.get(result.channel)
      const ms = result.durationMs ?? undefined
      if (places && result.outcome !== null) {
        if (result.outcome !== 'delivered') places.provider.fail(ms)
        else if (ms === undefined) places.provider.add(1)
        else places.provider.pass(ms)
      }
      if (places && result.errorCode !== null && result.outcome !== 'delivered')
        failsPlace(result.channel, places.fails, result.errorCode).add(1)
      if (state === 'retrying') places?.retries.add(1)
      if (state === 'dead') places?.letters.add(1)
      const queue = serve.get(`delivery-${result.channel}`)
      queue?.add(1, state === 'dead' ? 1 : 0)
      if (ms !== undefined) queue?.took(ms)
    },
    intoInboxes(count, ms) {
      const { provider } = byChannel.get('in-app')!
      provider.add(count)
      provider.took(ms)
    },
    handled(queue, ms) {
      serve.get(queue)!.took(ms)
    },
    done(queue, rows) {
      serve.get(queue)!.add(rows)
    },
    pipelineLetter() {
      pipeline.add(1)
    },
    relayed(lagMs) {
      relay.pass(Math.max(0, lagMs))
    },
    routes(hit) {
      routes.add(1, hit ? 0 : 1)
    },
  }
}
