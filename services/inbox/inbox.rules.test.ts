import { describe, expect, it } from 'vitest'
import { decodeHint, encodeHint, inboxChannel, startOf, type InboxHint } from './inbox.rules.ts'

describe('hints between processes', () => {
  const hints: InboxHint[] = [
    { kind: 'item', sequence: 13 },
    { kind: 'update', id: '0192f3a0-0000-7000-8000-000000000001' },
    { kind: 'read-all', throughSequence: 40 },
  ]
  it.each(hints)('come back as they went: $kind', (hint) => {
    expect(decodeHint(encodeHint(hint))).toEqual(hint)
  })
  it.each(['', 'x', '-1', '1.5', 'update ', 'read-all soon', 'erase 4', '1 2'])('that nobody knows are null: %j', (text) => {
    expect(decodeHint(text)).toBeNull()
  })
  it('travel on a channel that two recipients never share', () => {
    expect(inboxChannel('w', 'a:b')).not.toBe(inboxChannel('w', 'a'))
  })
})

describe('where a stream begins', () => {
  it('is now, when the client holds nothing', () => {
    expect(startOf(null, 12)).toEqual({ cursor: 12, say: 'ready' })
  })
  it('is what the client holds, down to 500 behind', () => {
    expect(startOf(12, 12)).toEqual({ cursor: 12, say: null })
    expect(startOf(12, 512)).toEqual({ cursor: 12, say: null })
    expect(startOf(0, 0)).toEqual({ cursor: 0, say: null })
  })
  it('is now after a resync, when the client is more than 500 behind or ahead of us', () => {
    expect(startOf(12, 513)).toEqual({ cursor: 513, say: 'resync' })
    expect(startOf(13, 12)).toEqual({ cursor: 12, say: 'resync' })
  })
})
