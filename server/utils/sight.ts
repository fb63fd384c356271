// How much of payloads a caller gets to see: who may act on them sees them whole, who may only look sees them masked.
import { mayCall, type Principal } from '#services/identity/index.ts'

export function sightOf(principal: Principal): { masked: boolean } {
  return { masked: !mayCall(principal, { scope: 'operate', method: 'POST' }) }
}

/** The same where programs read what they have sent: a key sees all of it, a person who may only look sees it masked. */
export function sightOfPerson(principal: Principal): { masked: boolean } {
  return { masked: principal.actor.kind === 'operator' && sightOf(principal).masked }
}
