import { describe, expect, test } from 'vitest'
import type { CauseView } from '../contracts/dead-letter.ts'
import { affectedLine, byCount, byteText, markHosts, pathOf, selectionText, targetOf } from './letters-view.ts'

const cause = (changes: Partial<CauseView>): CauseView =>
  ({
    channels: ['webhook'],
    kind: 'delivery-exhausted',
    total: 3,
    affected: { endpoints: 2, recipients: 0, workflows: 0, of: 3 },
    ...changes,
  }) as CauseView

describe('affectedLine', () => {
  test('counts whom it meets', () => {
    expect(affectedLine(cause({}))).toBe('webhook, 2 endpoints')
    expect(affectedLine(cause({ channels: ['email'], affected: { endpoints: 0, recipients: 1, workflows: 1, of: 3 } }))).toBe(
      'email, 1 recipient',
    )
    expect(affectedLine(cause({ channels: [], affected: { endpoints: 0, recipients: 0, workflows: 0, of: 3 } }))).toBe('fan-out')
  })

  test('does not take a part for the whole', () =>
    expect(affectedLine(cause({ total: 9_000, affected: { endpoints: 2, recipients: 0, workflows: 0, of: 500 } }))).toBe(
      'webhook, 2+ endpoints',
    ))
})

test('byteText, pathOf, targetOf', () => {
  expect([byteText(812), byteText(18_400), byteText(2_500_000)]).toEqual(['812 B', '18.4 kB', '2.5 MB'])
  expect([pathOf('hooks.example/a/b'), pathOf('hooks.example'), pathOf('hooks.example/')]).toEqual([
    '\u2026/a/b',
    'hooks.example',
    'hooks.example/',
  ])
  expect(targetOf({ endpointId: 'end_1', recipientId: null, channel: 'webhook' }, new Map([['end_1', 'h.example/x']]))).toBe('\u2026/x')
  expect(targetOf({ endpointId: null, recipientId: 'u1', channel: 'email' }, new Map())).toBe('u1')
})

test('byCount puts most letters first', () => {
  const named = (id: string, count: number, lastSeenAt: string) => cause({ id, count, lastSeenAt })
  expect(byCount([named('a', 1, '1'), named('b', 5, '1'), named('c', 5, '2')]).map(({ id }) => id)).toEqual(['c', 'b', 'a'])
})

test('markHosts finds the hosts of a sentence', () => {
  expect(markHosts('a.example refused b.example', ['a.example', 'b.example', ''])).toEqual([
    { text: 'a.example', host: true },
    { text: ' refused ', host: false },
    { text: 'b.example', host: true },
  ])
})

test('selectionText says in words what a replay was made for', () => {
  expect(selectionText({})).toBe('every letter that was open')
  expect(selectionText({ ids: ['dl_0192f3a07b3e7c1d8a4f5e6d7c8b9a01'] })).toBe('1 letter, chosen one by one')
  expect(
    selectionText({ cause: 'cau_0192f3a07b3e8c1d8a4f5e6d7c8b9a01', state: 'open', eventType: 'push', repeats: 'leave-out' } as never),
  ).toBe('cause cau_\u20268b9a01, event type push, without what may have arrived')
})
