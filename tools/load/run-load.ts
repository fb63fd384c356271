// The two loops. Open: requests leave by the clock, whatever the answers do, as the world's do. Closed: n clients that each wait
// for their answer, which finds out how much the target can take.
import { nowUs } from './clock.ts'
import type { Requests } from './requests.ts'
import { countsFromUs, dueAtUs } from './schedule.ts'
import { Tally, type LoadResult } from './tally.ts'

export interface LoadOptions {
  requests: Requests
  /** Events in one request. */
  eventsPerRequest: number
  seconds: number
  /** Number of the first event. */
  firstSequence?: number
}

/** After the last request has left, this long for the answers. */
const patienceMs = 30_000

/** @param eventsPerSecond kept whatever the answers do. */
export async function runOpenLoop(options: LoadOptions & { eventsPerSecond: number }): Promise<LoadResult> {
  const { requests, eventsPerRequest, firstSequence = 0 } = options
  const perSecond = options.eventsPerSecond / eventsPerRequest
  const total = Math.max(1, Math.round(perSecond * options.seconds))
  const tally = new Tally()
  const startUs = nowUs()
  let sent = 0
  let answered = 0
  let lastAnswerUs = startUs
  let allAnswered!: () => void
  const answers = new Promise<void>((resolve) => (allAnswered = resolve))

  function send(index: number): void {
    const fromUs = Math.round(countsFromUs(startUs + dueAtUs(index, perSecond), nowUs()))
    void requests.send(firstSequence + index * eventsPerRequest, eventsPerRequest, fromUs).then((answer) => {
      lastAnswerUs = nowUs()
      tally.add(answer, eventsPerRequest, lastAnswerUs - fromUs)
      if (++answered === total) allAnswered()
    })
  }

  await new Promise<void>((resolve) => {
    function turn(): void {
      const elapsedUs = nowUs() - startUs
      while (sent < total && dueAtUs(sent, perSecond) <= elapsedUs) send(sent++)
      if (sent === total) return resolve()
      setTimeout(turn, Math.max(0, (dueAtUs(sent, perSecond) - (nowUs() - startUs)) / 1_000))
    }
    turn()
  })
  let timer: NodeJS.Timeout | undefined
  await Promise.race([answers, new Promise((resolve) => (timer = setTimeout(resolve, patienceMs)))])
  clearTimeout(timer)
  return tally.result(lastAnswerUs - startUs)
}

/** @param clients each sends its next request when the last one is answered. */
export async function runClosedLoop(options: LoadOptions & { clients: number }): Promise<LoadResult> {
  const { requests, eventsPerRequest } = options
  const tally = new Tally()
  let sequence = options.firstSequence ?? 0
  const startUs = nowUs()
  const endUs = startUs + options.seconds * 1_000_000
  async function client(): Promise<void> {
    for (let fromUs = nowUs(); fromUs < endUs; fromUs = nowUs()) {
      const first = sequence
      sequence += eventsPerRequest
      const answer = await requests.send(first, eventsPerRequest, fromUs)
      tally.add(answer, eventsPerRequest, nowUs() - fromUs)
      // A client that is told to wait does not hammer; a moment is enough for a measurement.
      if (answer.status === 0 || answer.status === 429 || answer.status === 503) await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  await Promise.all(Array.from({ length: options.clients }, () => client()))
  return tally.result(nowUs() - startUs)
}
