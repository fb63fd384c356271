// Named places where a fault test lets the process die, exactly there. Off (and never read) unless NODE_ENV is test, so that
// no setting can kill a product in use. A call costs one look at a variable: `failPoint?.('after-send')`.
import type { Config } from '#platform/config/index.ts'

export type FailPointName =
  /** API: events are committed, not handed over, not answered. */
  | 'after-accept'
  /** Relay: rows are claimed and committed, their jobs not added. */
  | 'after-claim'
  /** Worker: events are started, nothing is done for them yet. Subject: their types. */
  | 'after-start'
  /** Worker: a fan-out is recorded; its webhooks have open attempts and are not sent, its other deliveries not handed over. */
  | 'after-fan-out'
  /** Worker: a webhook was called, or a mail sent; the answer is known to this process only. */
  | 'after-send'
  | 'after-mail'
  /** Worker: results are about to be committed. */
  | 'before-commit'
  /** Worker: results are committed; Redis still holds the job. */
  | 'before-acknowledge'

/** Ends the process here if that is what the test wants. */
export type FailPoint = (name: FailPointName, subject?: string) => void

/** Undefined while off. */
// A live binding: while it is undefined a passage costs one look.
// eslint-disable-next-line import/no-mutable-exports
export let failPoint: FailPoint | undefined

interface Wish {
  /** Dies at one of so many passages, by chance: counted ones would never reach the rarer points ... */
  oneOf: number
  /** ... and only where the subject contains this. */
  subject: string
}

/** `after-send@50,after-start:fault.poison` -> where to die: at one of 50 passages, at each with that subject. */
export function parseFailPoints(text: string): Map<string, Wish> {
  return new Map(
    text
      .split(',')
      .filter(Boolean)
      .map((part) => {
        const [, name, oneOf, subject] = /^([a-z-]+)(?:@(\d+))?(?::(.+))?$/.exec(part.trim()) ?? []
        if (!name) throw new Error(`${part} is no fail point: name@oneOf or name:subject`)
        return [name, { oneOf: Number(oneOf ?? 1), subject: subject ?? '' }]
      }),
  )
}

/** Called once, when the process opens its platform. */
export function armFailPoints(config: Pick<Config, 'NODE_ENV' | 'SIGNALBOX_FAULT_POINT'>): void {
  if (config.NODE_ENV !== 'test' || config.SIGNALBOX_FAULT_POINT === undefined) return
  const wishes = parseFailPoints(config.SIGNALBOX_FAULT_POINT)
  failPoint = (name, subject) => {
    const wish = wishes.get(name)
    if (!wish || !(subject ?? '').includes(wish.subject) || Math.random() * wish.oneOf >= 1) return
    process.stderr.write(`${JSON.stringify({ level: 60, time: new Date().toISOString(), msg: `fail point ${name}` })}\n`)
    process.kill(process.pid, 'SIGKILL')
  }
}
