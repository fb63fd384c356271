// Names to addresses that may be dialled. The answer is judged whole: one private address among public ones refuses the target,
// so that a name cannot offer both and wait for the dialler to pick. What is dialled is exactly what was judged here.
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { TargetPolicy } from './target-policy.ts'

/** Every address of a name. Rejects when there is none. */
export type Resolve = (hostname: string) => Promise<string[]>

export class RefusedTargetError extends Error {
  readonly code = 'SIGNALBOX_REFUSED_TARGET'
}

export class ResolveError extends Error {
  readonly code = 'SIGNALBOX_RESOLVE'
}

/** The system's own resolution (hosts file, search domains), so that names mean here what they mean to the operator's other tools. */
export const resolveBySystem: Resolve = async (hostname) => {
  const answers = await lookup(hostname, { all: true, order: 'verbatim' })
  return answers.map((answer) => answer.address)
}

export interface CheckedAddresses {
  addresses: readonly { address: string; family: 4 | 6 }[]
  /** performance.now() until which this answer is used without asking again. */
  validUntil: number
}

export interface AddressBook {
  /** The last answer while it is fresh. */
  current(): CheckedAddresses | undefined
  /** Asks and judges; one question at a time. Rejects with RefusedTargetError or ResolveError; never answers with an address that may not be dialled. */
  ask(): Promise<CheckedAddresses>
}

/** How long an answer may still stand in for a resolver that is slow or fails: what it named was judged, and one bad name must not slow the others. */
const staleForMs = 60_000
const slowAfterMs = 250

/** The addresses of one target. */
export function createAddressBook(options: {
  hostname: string
  port: number
  literal: boolean
  policy: TargetPolicy
  resolve: Resolve
  ttlMs: number
}): AddressBook {
  const { hostname, literal, ttlMs } = options
  let last: CheckedAddresses | undefined
  let asking: Promise<CheckedAddresses> | undefined

  async function resolveAndJudge(): Promise<CheckedAddresses> {
    let answers: string[]
    try {
      answers = literal ? [hostname] : await options.resolve(hostname)
    } catch (error) {
      throw new ResolveError(`the name ${hostname} could not be resolved (${(error as NodeJS.ErrnoException).code ?? 'error'})`)
    }
    if (answers.length === 0) throw new ResolveError(`the name ${hostname} has no address`)
    for (const address of answers) {
      // The address itself is not told: it would map the inside for whoever named the target.
      const refused = options.policy.refuseAddress(address, options.port)
      if (refused) throw new RefusedTargetError(literal ? refused : `the name ${hostname} leads to an address that is not a public one`)
    }
    return {
      addresses: answers.map((address) => ({ address, family: isIP(address) === 6 ? 6 : 4 })),
      validUntil: literal ? Infinity : performance.now() + ttlMs,
    }
  }

  function begin(): Promise<CheckedAddresses> {
    asking ??= resolveAndJudge()
      .then(
        (checked) => (last = checked),
        (error: unknown) => {
          if (!(error instanceof ResolveError)) last = undefined
          throw error
        },
      )
      .finally(() => {
        asking = undefined
      })
    return asking
  }

  async function ask(): Promise<CheckedAddresses> {
    if (last !== undefined && last.validUntil > performance.now()) return last
    const answer = begin()
    const before = last
    if (before === undefined || before.validUntil + staleForMs < performance.now()) return answer
    let timer: NodeJS.Timeout | undefined
    const slow = new Promise<CheckedAddresses>((resolve) => {
      timer = setTimeout(() => resolve(before), slowAfterMs)
    })
    try {
      return await Promise.race([answer, slow])
    } catch (error) {
      if (error instanceof ResolveError) return before
      throw error
    } finally {
      clearTimeout(timer)
      // Whoever still waits for it has its answer; a late refusal is kept by the book.
      answer.catch(() => {})
    }
  }

  return {
    current: () => (last !== undefined && last.validUntil > performance.now() ? last : undefined),
    ask,
  }
}
