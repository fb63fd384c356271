import type { NeededRole, OperatorRole, Standing } from '../roles.ts'

export const signInTexts = {
  title: 'Sign in',
  email: 'Email',
  password: 'Password',
  show: 'Show the password',
  hide: 'Hide the password',
  submit: 'Sign in',
  submitting: 'Signing in',
  ended: 'Your session has ended. Sign in to go on where you were.',
  signedOut: 'You are signed out.',
  missing: 'Fill in both fields.',
  wrong: 'The email address and the password do not belong together.',
  tooMany: (seconds: number): string =>
    `Too many attempts. Try again in ${seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`}.`,
  unavailable: 'Nobody can sign in while Redis does not answer. Events are still accepted, and API keys work.',
  unreachable: 'The API does not answer.',
  failed: (requestId: string): string => `Signing in failed. The logs say why, under ${requestId}.`,
  /** With `code` in backticks. */
  firstTime:
    'First time here? The password was printed once, when Signalbox first started, on the line `Sign in`. ' +
    'If `SIGNALBOX_ADMIN_PASSWORD` was set then, it is that one.',
  ready: (host: string): string => `ready at ${host}`,
  notReady: (part: string): string => `${part} does not answer`,
  asking: 'asking whether it is ready',
  reference: 'API reference',
} as const

export const roleNames: Record<OperatorRole, string> = { viewer: 'Viewer', operator: 'Operator', admin: 'Admin' }

/** Why a control is disabled, with the role that it needs. */
export function neededText(needed: NeededRole, standing: Standing | null, workspace?: string): string {
  if (needed === 'instance') return 'Needs an operator of the instance: it touches every workspace.'
  const place = workspace ? ` of ${workspace}` : ''
  return standing?.role ? `Needs the role ${needed}; you are ${standing.role}${place}.` : `Needs the role ${needed}${place}.`
}
