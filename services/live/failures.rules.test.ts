import { expect, test } from 'vitest'
import type { ProcessReport } from '#platform/telemetry/report-counters.ts'
import { createFailureTally } from './failures.rules.ts'

const report = (id: string, fails: Record<string, number>, upMs = 3_600_000): ProcessReport =>
  ({
    id,
    upMs,
    places: { 'provider.email': [9, 9, 0], ...Object.fromEntries(Object.entries(fails).map(([k, n]) => [`fails.${k}`, [n, 0, 0]])) },
  }) as never
const look = (atMs: number, ...reports: ProcessReport[]) => ({ atMs, reports: new Map(reports.map((one) => [one.id, one])) })

test('counts what failed since it began, by channel and error, most frequent first', () => {
  const tally = createFailureTally()
  expect(tally.read()).toEqual({ seconds: 0, items: [], totals: {} })
  tally.note(look(0, report('a', { 'email.smtp-421': 100 })))
  tally.note(look(5_000, report('a', { 'email.smtp-421': 102, 'email.timeout': 5 }), report('b', { 'webhook.http-503': 3 }, 1_000)))
  expect(tally.read()).toEqual({
    seconds: 5,
    items: [
      { channel: 'email', code: 'timeout', count: 5 },
      { channel: 'email', code: 'smtp-421', count: 2 },
      { channel: 'webhook', code: 'http-503', count: 3 },
    ],
    totals: { email: 7, webhook: 3 },
  })
})

test('neither a report that was late nor a process seen for the first time counts what is old', () => {
  const tally = createFailureTally()
  tally.note(look(0, report('a', { 'email.timeout': 5 })))
  tally.note(look(5_000))
  tally.note(look(10_000, report('a', { 'email.timeout': 6 }), report('old', { 'email.timeout': 400 })))
  expect(tally.read().totals).toEqual({ email: 1 })
})

test('forgets what is older than a quarter of an hour', () => {
  const tally = createFailureTally()
  tally.note(look(0, report('a', {})))
  tally.note(look(5_000, report('a', { 'email.timeout': 5 })))
  tally.note(look(20 * 60_000, report('a', { 'email.timeout': 6 })))
  expect(tally.read()).toMatchObject({ seconds: 900, totals: { email: 1 } })
})
