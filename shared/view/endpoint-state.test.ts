import { expect, it } from 'vitest'
import type { EndpointView } from '../contracts/endpoint.ts'
import { endpointLamp, endpointSentence, endpointWord } from './endpoint-state.ts'

const nowMs = Date.parse('2026-11-20T14:32:08Z')
const endpoint = (changes: Partial<EndpointView>): EndpointView =>
  ({ state: 'enabled', disabledReason: null, disabledAt: null, failingSince: null, ...changes }) as EndpointView

it('tells held from failing from well', () => {
  expect([endpointLamp(endpoint({})), endpointWord(endpoint({}))]).toEqual(['ok', 'enabled'])
  expect([
    endpointLamp(endpoint({ failingSince: '2026-11-20T14:00:00Z' })),
    endpointWord(endpoint({ failingSince: '2026-11-20T14:00:00Z' })),
  ]).toEqual(['fail', 'failing'])
  expect([endpointLamp(endpoint({ state: 'disabled' })), endpointWord(endpoint({ state: 'disabled' }))]).toEqual(['paused', 'held'])
})

it('says why it is held, since when it fails, or how many arrived', () => {
  const held = endpoint({ state: 'disabled', disabledReason: 'gone', disabledAt: '2026-11-20T14:00:00Z' })
  expect(endpointSentence(held, [], nowMs)).toContain('410 Gone at 14:00')
  expect(endpointSentence(endpoint({ failingSince: '2026-11-19T14:00:00Z' }), [], nowMs)).toContain('since 19 Nov 14:00')
  expect(endpointSentence(endpoint({}), [{ state: 'delivered' }, { state: 'dead' }, { state: 'pending' }], nowMs)).toBe(
    '1 of the last 2 deliveries arrived.',
  )
  expect(endpointSentence(endpoint({}), [], nowMs)).toBe('Nothing was sent there yet.')
})
