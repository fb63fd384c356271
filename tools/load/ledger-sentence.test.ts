import { expect, test } from 'vitest'
import { ledgerSentence } from './ledger-sentence.ts'

const none = { accepted: 0, completed: 0, pending: 0, scheduled: 0, unmatched: 0, dead: 0, cancelled: 0, unaccounted: 0 }
const noDeliveries = { created: 0, delivered: 0, pending: 0, dead: 0, suppressed: 0, cancelled: 0, held: 0, maybeSent: 0, unaccounted: 0 }
const at = '2026-01-01T00:00:00Z'

test('says in words what became of everything', () => {
  const sentence = ledgerSentence({
    asOf: at,
    events: { ...none, accepted: 15_000, completed: 14_990, unmatched: 10 },
    deliveries: { ...noDeliveries, created: 14_990, delivered: 14_990 },
  })
  expect(sentence).toBe(
    '15,000 events accepted since the start of this workspace: 14,990 completed, 10 went to nobody; 14,990 of 14,990 deliveries delivered. Nothing is unaccounted for.',
  )
})

test('does not hide what is open, and shouts what is lost', () => {
  expect(
    ledgerSentence({ asOf: at, events: { ...none, accepted: 3, completed: 1, pending: 1, unaccounted: 1 }, deliveries: noDeliveries }),
  ).toMatch(/1 still to do.*1 ARE UNACCOUNTED FOR/)
})
