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

/** Asks and judges. Rejects with RefusedTargetError or ResolveError; never answers with an address that may not be dialled. */
export async function resolveChecked(options: {
  hostname: string
  port: number
  literal: boolean
  policy: TargetPolicy
  resolve: Resolve
  ttlMs: number
}): Promise<CheckedAddresses> {
  const { hostname, port, literal, policy } = options
  let answers: string[]
  try {
    answers = literal ? [hostname] : await options.resolve(hostname)
  } catch (error) {
    throw new ResolveError(`the name ${hostname} could not be resolved (${(error as NodeJS.ErrnoException).code ?? 'error'})`)
  }
  if (answers.length === 0) throw new ResolveError(`the name ${hostname} has no address`)
  for (const address of answers) {
    // The address itself is not told: it would map the inside for whoever named the target.
    const refused = policy.refuseAddress(address, port)
    if (refused) throw new RefusedTargetError(literal ? refused : `the name ${hostname} leads to an address that is not a public one`)
  }
  return {
    addresses: answers.map((address) => ({ address, family: isIP(address) === 6 ? 6 : 4 })),
    validUntil: literal ? Infinity : performance.now() + options.ttlMs,
  }
}
