// Results leave in batches (the first at once, the next after 4 ms, 8 under load, or with 48), each fenced by its version; a bad one
// never keeps its neighbours from being recorded.
import { createPacedBatcher } from '#platform/batching/paced-batcher.ts'
import { failPoint } from '#platform/lifecycle/fail-points.ts'
import { isUnavailable, retrySerialization, transaction, withoutControls, type Pool } from '#platform/postgres/index.ts'
import type { DeliveryState } from '#shared/contracts/event.ts'
import { insertLetters, type Failure } from '../dead-letters/index.ts'
import { isPlainlyDelivered, recordDelivered } from './record-delivered.repository.ts'
import { confirmMaybeSent, recordDeliveryResults, type DeliveryResult } from './delivery.repository.ts'

export interface ResultToRecord extends DeliveryResult {
  channel: string
  tries: number
  /** The share of the queue that it counted against. */
  lane: string
  /** For dead ones: what the letter says. */
  failure: (Failure & { kind: 'delivery-exhausted' | 'pipeline-fault' }) | null
}

export interface Recorder {
  /** Resolves with the delivery's state when the result is durable; null when somebody else owns the delivery by now. */
  record(result: ResultToRecord): Promise<DeliveryState | null>
  drained(): Promise<void>
}

/** How long a result is held in memory while Postgres is away; after that its lease passes and the attempt counts as interrupted. */
const patienceMs = 60_000

export function createRecorder(options: { hot: Pool; onRecorded?: (result: ResultToRecord, state: DeliveryState) => void }): Recorder {
  const { hot } = options
  const batcher = createPacedBatcher<ResultToRecord, DeliveryState | null>({
    flush: flushWithPatience,
    paceMs: 4,
    busyPaceMs: 20,
    busyFrom: 20,
    size: 96,
    maxSize: 250,
    concurrency: 1,
  })

  async function flushWithPatience(results: ResultToRecord[]): Promise<(DeliveryState | null)[]> {
    const deadline = Date.now() + patienceMs
    for (;;) {
      try {
        return await flush(results)
      } catch (error) {
        if (isUnavailable(error) && Date.now() < deadline) {
          await new Promise((resolve) => setTimeout(resolve, 250))
          continue
        }
        if (results.length === 1 || isUnavailable(error)) throw error
        const half = results.length >> 1
        const parts = await Promise.allSettled([flushWithPatience(results.slice(0, half)), flushWithPatience(results.slice(half))])
        if (parts.every((part) => part.status === 'rejected')) throw error
        return parts.flatMap((part, i) =>
          part.status === 'fulfilled' ? part.value : (i === 0 ? results.slice(0, half) : results.slice(half)).map(() => null),
        )
      }
    }
  }

  async function flush(batch: ResultToRecord[]): Promise<(DeliveryState | null)[]> {
    const results = batch.map((result) => (result.error === null ? result : { ...result, error: withoutControls(result.error) }))
    const dead = results.filter((result) => result.state === 'dead')
    failPoint?.('before-commit')
    const recorded =
      dead.length === 0
        ? await retrySerialization(() =>
            results.every(isPlainlyDelivered) ? recordDelivered(hot, results) : recordDeliveryResults(hot, results),
          )
        : await transaction(hot, async (client) => {
            const states = await recordDeliveryResults(client, results)
            await insertLetters(
              client,
              dead
                .filter((result) => states.get(result.deliveryId) === 'dead')
                .map((result) => ({
                  ...result.failure!,
                  workspaceId: result.workspaceId,
                  eventId: result.eventId,
                  deliveryId: result.deliveryId,
                  channel: result.channel,
                  attempts: result.tries,
                })),
            )
            return states
          })
    failPoint?.('before-acknowledge')
    const states: (DeliveryState | null)[] = []
    for (const result of results) {
      let state = recorded.get(result.deliveryId) ?? null
      if (state === null && result.outcome === 'delivered') {
        const late = await transaction(hot, (client) => confirmMaybeSent(client, result))
        if (late) state = 'delivered'
      }
      if (state !== null) options.onRecorded?.(result, state)
      states.push(state)
    }
    return states
  }

  return { record: (result) => batcher.add(result), drained: () => batcher.drained() }
}
