// What changed between two pictures, so that an open page knows which of its lists to read again. Pure.
import type { HintEvent } from '#shared/contracts/live.ts'
import { publicId } from '#shared/ids.ts'
import { deliveryQueue } from '#shared/jobs/queues.ts'
import type { Look } from './look.ts'

export interface LiveHint {
  event: HintEvent
  /** null = of the instance: every page hears it. */
  workspaceId: string | null
  ids: string[]
}

/** What a page may have missed between these two looks; `incidents` are the nodes whose incidents began or ended. */
export function hintsBetween(before: Look, now: Look, incidents: string[]): LiveHint[] {
  const hints: LiveHint[] = []
  const say = (event: HintEvent, workspaceId: string | null, ids: string[]): void => {
    if (ids.length > 0) hints.push({ event, workspaceId, ids })
  }
  say('queue', null, changedKeys(queueMarks(before), queueMarks(now)))
  say('queue', null, changedKeys(holdMarks(before), holdMarks(now)))
  say('topology', null, changedKeys(workerMarks(before), workerMarks(now)))
  say('alert', null, incidents)
  for (const [id, mine] of now.workspaces) {
    const earlier = before.workspaces.get(id)
    if (!earlier) continue
    const causes = (look: typeof mine): Map<string, string> =>
      new Map(look.causes.map((cause) => [publicId('cause', cause.id), `${cause.open} ${cause.openLetters}`]))
    say('dead-letter', id, changedKeys(causes(earlier), causes(mine)))
    say(
      'replay',
      id,
      changedKeys(earlier.replays, mine.replays).map((replay) => publicId('replay', replay)),
    )
  }
  return hints
}

function queueMarks(look: Look): Map<string, string> {
  return new Map(
    look.queues.map((queue) => [
      queue.name,
      [queue.pausedAt?.getTime(), queue.concurrency, queue.concurrencySetting, queue.ratePerSecond, queue.changedAt?.getTime()].join(' '),
    ]),
  )
}

/** A provider that is held or released changes what waits in its queue. */
function holdMarks(look: Look): Map<string, string> {
  return new Map(look.providers.map(({ key, heldAt }) => [deliveryQueue(key), heldAt ?? '']))
}

/** Processes come, go and stop. */
function workerMarks(look: Look): Map<string, string> {
  return new Map(look.workers.map((worker) => [publicId('process', worker.id), `${worker.stopping} ${worker.beatAgeMs > 8_000}`]))
}

function changedKeys(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): string[] {
  const keys = new Set([...before.keys(), ...now.keys()])
  return [...keys].filter((key) => before.get(key) !== now.get(key)).slice(0, 100)
}
