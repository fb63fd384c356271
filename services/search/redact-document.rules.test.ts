import { describe, expect, test } from 'vitest'
import { foundByShown, shownCorrections } from './redact-document.rules.ts'

const letter = (id: string, title: string) => ({
  id,
  title,
  body: 'smtp-550 order.placed email',
  names: 'u1 welcome',
  filters: {},
  at: new Date(0),
  fingerprint: '',
  eventId: null,
})
const documents = [letter('a', '550 no mailbox ada@example.com'), letter('b', 'connection to example refused')]

describe('a search by those who may only look', () => {
  test.each([
    ['mailbox', ['a', 'b']],
    ['refused', ['a', 'b']],
    // What the error of the first one has in its address.
    ['ada', ['b']],
    ['exam', ['b']],
    ['example', ['b']],
  ])('for %s keeps what has it nowhere in a masked part', (word, kept) => {
    expect([...foundByShown(documents, [word])]).toEqual(kept)
  })

  test('tells a correction only where it stands in what was found', () => {
    const corrected = { mailbx: ['mailbox', 'ada'], adda: ['ada'] }
    expect(shownCorrections({ corrected, found: [{ document: documents[0]! }] })).toEqual({ mailbx: ['mailbox'] })
  })
})
