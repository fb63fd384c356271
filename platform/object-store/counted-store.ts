// The live picture of the object store: how often it is asked, how long it takes, and when it does not answer. Disk and S3 alike.
import type { Place } from '#platform/telemetry/counters.ts'
import type { DiskStore } from './disk-store.ts'
import { isStoreUnavailable, type ObjectStore } from './object-store.ts'

/** What asks the store; signing asks nobody. */
const asking = ['startParts', 'completeParts', 'abortParts', 'find', 'read', 'write', 'move', 'remove'] as const

/**
 * The same store, counted at `place`. That something is missing or was refused is an answer; only a store that does not answer is an
 * error. What clients upload to S3 passes us by; what they upload to the disk counts without a time, which would be their line's.
 */
export function countStore<T extends ObjectStore | DiskStore>(store: T, place: Place): T {
  const counted = { ...store }
  for (const name of asking) {
    const ask = store[name] as (...given: never[]) => Promise<unknown>
    const timed = async (...given: never[]): Promise<unknown> => {
      const startedAt = performance.now()
      try {
        const answer = await ask(...given)
        place.pass(performance.now() - startedAt)
        return answer
      } catch (error) {
        if (isStoreUnavailable(error)) place.fail(performance.now() - startedAt)
        else place.pass(performance.now() - startedAt)
        throw error
      }
    }
    Object.assign(counted, { [name]: timed })
  }
  if ('served' in store) {
    const { receive } = store.served
    const served: DiskStore['served'] = {
      ...store.served,
      async receive(grant, bytes) {
        try {
          const taken = await receive(grant, bytes)
          place.add(1)
          return taken
        } catch (error) {
          place.add(1, isStoreUnavailable(error) ? 1 : 0)
          throw error
        }
      },
    }
    Object.assign(counted, { served })
  }
  return counted
}
