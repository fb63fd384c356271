// How an endpoint is, as lamp, word and sentence.
import type { DeliveryView } from '../contracts/event.ts'
import type { EndpointView } from '../contracts/endpoint.ts'
import { endpointsTexts, endpointTexts as texts } from '../texts/endpoints.ts'
import type { Lamp } from './status-view.ts'
import { shortTime } from './times.ts'

/** What can be asked about an endpoint: its levers. */
export type EndpointQuestion = 'hold' | 'enable' | 'rotate' | 'remove'

type State = Pick<EndpointView, 'state' | 'failingSince'>

export function endpointLamp({ state, failingSince }: State): Lamp {
  if (state === 'disabled') return 'paused'
  return failingSince ? 'fail' : 'ok'
}

export function endpointWord({ state, failingSince }: State): string {
  return state === 'enabled' && failingSince ? endpointsTexts.states.failing : endpointsTexts.states[state]
}

/** How it goes: held and why, failing since when, or how many of its last deliveries arrived. */
export function endpointSentence(endpoint: EndpointView, last: readonly Pick<DeliveryView, 'state'>[], nowMs: number): string {
  if (endpoint.state === 'disabled') {
    return texts.sentence[endpoint.disabledReason ?? 'operator'](endpoint.disabledAt ? shortTime(endpoint.disabledAt, nowMs) : '')
  }
  if (endpoint.failingSince) return texts.sentence.unhealthy(shortTime(endpoint.failingSince, nowMs))
  const ended = last.filter(({ state }) => state === 'delivered' || state === 'dead')
  if (ended.length === 0) return texts.sentence.none
  return texts.sentence.well(ended.filter(({ state }) => state === 'delivered').length, ended.length)
}
