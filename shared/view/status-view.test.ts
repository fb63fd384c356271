import { expect, it } from 'vitest'
import type { LedgerCounts } from '../contracts/ledger.ts'
import { firstEventSnippets, snippetText } from './first-event.ts'
import { ledgerEquations } from './status-view.ts'

const emptyLedger: LedgerCounts = {
  events: { accepted: 0, completed: 0, pending: 0, scheduled: 0, unmatched: 0, dead: 0, cancelled: 0, unaccounted: 0 },
  deliveries: { created: 0, delivered: 0, pending: 0, dead: 0, suppressed: 0, cancelled: 0, held: 0, maybeSent: 0, unaccounted: 0 },
}

it('the equations carry every counter of the ledger once', () => {
  let next = 1
  const fill = <T extends object>(shape: T): T => Object.fromEntries(Object.keys(shape).map((key) => [key, next++])) as T
  const ledger: LedgerCounts = { events: fill(emptyLedger.events), deliveries: fill(emptyLedger.deliveries) }
  const shown = ledgerEquations(ledger).flatMap(({ total, parts, unaccounted }) => [
    total.count,
    ...parts.map(({ count }) => count),
    unaccounted,
  ])
  expect(shown.toSorted((a, b) => a - b)).toEqual(Array.from({ length: next - 1 }, (_, index) => index + 1))
})

it('the first event is a call that a shell and the API understand', () => {
  const snippets = firstEventSnippets('http://localhost:3000', 'pull_request.opened')
  const text = snippetText(snippets[0]!.lines)
  expect(text.startsWith('curl -X POST http://localhost:3000/api/v1/events \\\n')).toBe(true)
  const body = /-d '([^']+)'$/.exec(text)?.[1] ?? ''
  expect(JSON.parse(body)).toMatchObject({ type: 'pull_request.opened', recipients: [{ id: 'u1' }], data: { title: expect.any(String) } })
  // A reader changes the body and sends again: with a key that would be a 422.
  for (const { lines } of snippets) {
    expect(snippetText(lines)).not.toContain('Idempotency-Key')
    expect(snippetText(lines)).toContain('SIGNALBOX_API_KEY')
  }
})
