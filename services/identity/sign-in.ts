// A session begins with an address and a password, and nothing tells an unknown address from a wrong password: not the answer,
// not the time, not the limits.
import { createThrottle } from '#platform/rate-limit/throttle.ts'
import type { Redis } from '#platform/redis/index.ts'
import { hashPassword, verifyPassword } from '#platform/sealing/password-hash.ts'
import { Fault } from '#shared/fault.ts'
import type { CredentialRow, OperatorRepository } from './operator.repository.ts'

/** Attempts in a window. Failures count; what succeeds is given back. */
export const signInLimits = {
  account: { points: 10, seconds: 900 },
  address: { points: 50, seconds: 900 },
  // An Argon2 check takes some 40 ms of a core and 19 MiB: a flood must not take the machine.
  overall: { points: 600, seconds: 60 },
} as const

export type SignInLimits = Record<keyof typeof signInLimits, { points: number; seconds: number }>

export interface PasswordCheck {
  /** The operator whose password this is. Throws 'unauthenticated' or 'rate-limited'. `address` is the client's. */
  check(email: string, password: string, address: string): Promise<CredentialRow>
}

export function createPasswordCheck(deps: {
  redis: Redis
  repository: OperatorRepository
  limits?: SignInLimits
  /** Told of every wrong guess; `found` when there is such an operator. */
  onRefused: (found: CredentialRow | undefined, address: string) => Promise<void>
}): PasswordCheck {
  const limits = deps.limits ?? signInLimits
  const refusal = 'Too many attempts to sign in.'
  const throttle = (name: keyof SignInLimits) =>
    createThrottle({ redis: deps.redis, keyPrefix: `signalbox:sign-in:${name}`, ...limits[name], refusal })
  const [overall, byAddress, byAccount] = [throttle('overall'), throttle('address'), throttle('account')]
  let decoy: Promise<string> | undefined

  return {
    async check(email, password, address) {
      const account = email.toLowerCase()
      // Taken before the work, so that a thousand guesses at once are not a thousand checks.
      await overall.take('all')
      await byAddress.take(address)
      await byAccount.take(account)
      // The same work when there is nobody to check against.
      const nobody = await (decoy ??= hashPassword('the password of nobody'))
      const found = await deps.repository.findCredential(email)
      const right = await verifyPassword(password, found?.password_hash ?? nobody)
      if (!found || !right || found.disabled_at) {
        await deps.onRefused(found, address)
        throw new Fault('unauthenticated', 'The email address and the password do not belong together.')
      }
      await Promise.all([overall.giveBack('all'), byAddress.giveBack(address), byAccount.forget(account)])
      return found
    },
  }
}
