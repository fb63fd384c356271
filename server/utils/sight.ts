// How much of payloads a caller gets to see: who may act on them sees them whole, who may only look sees them masked.
import { mayCall, type Principal } from '#services/identity/index.ts'

export function sightOf(principal: Principal): { masked: boolean } {
  return { masked: !mayCall(principal, { scope: 'operate', method: 'POST' }) }
}
