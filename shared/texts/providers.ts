import type { Channel } from '../contracts/event-states.ts'

/** What a provider carries: it is held as a whole. */
export const carriedBy: Readonly<Record<Channel, string>> = { email: 'all mail', webhook: 'all webhooks', 'in-app': 'all inbox messages' }

/** 'All mail is held by Ada: the mail server times out': without a full stop. */
export function heldSentence(key: Channel, who: string | null, why: string | null): string {
  const what = carriedBy[key]
  return `${what[0]!.toUpperCase()}${what.slice(1)} ${key === 'email' ? 'is' : 'are'} held${who ? ` by ${who}` : ''}${why ? `: ${why}` : ''}`
}
