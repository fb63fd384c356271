// What one worker process can be. `all` is everything but the mail catcher, which needs a port of its own.
export const roles = ['relay', 'fan-out', 'delivery', 'replay', 'index', 'collector', 'files'] as const
export type Role = (typeof roles)[number] | 'mail-catcher'

/** Parses `--roles relay,fan-out` (default all). Throws with the list of what there is. */
export function parseRoles(args: string[]): Role[] {
  const at = args.findIndex((arg) => arg === '--roles' || arg.startsWith('--roles='))
  const value = at < 0 ? 'all' : args[at]!.includes('=') ? args[at]!.split('=')[1]! : (args[at + 1] ?? '')
  if (value === 'all') return [...roles]
  const wanted = value.split(',').filter(Boolean)
  const unknown = wanted.filter((role) => role !== 'mail-catcher' && !(roles as readonly string[]).includes(role))
  if (wanted.length === 0 || unknown.length > 0) {
    throw new Error(`Unknown role ${unknown.join(', ') || '(none)'}: there are ${[...roles, 'mail-catcher'].join(', ')}, and all.`)
  }
  return wanted as Role[]
}
