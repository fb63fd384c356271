import { describe, expect, test } from 'vitest'
import { explainCause, momentText, spanText, type CauseStory } from './explain-cause.ts'

const at = (time: string): Date => new Date(`2026-11-20T${time}Z`)
const base: CauseStory = {
  kind: 'delivery-exhausted',
  errorCode: 'connection-refused',
  title: 'connection refused by webhook endpoint',
  channel: 'webhook',
  count: 847,
  open: true,
  firstAt: at('02:14:00'),
  lastAt: at('14:29:10'),
  now: at('14:32:08'),
  maxAttempts: 3,
  host: 'hooks.ci.example',
  endpoints: 2,
  recipients: 0,
  workflows: [],
  reach: { never: 847, answered: 0, maybe: 0 },
  proof: null,
  places: { endpoints: [{ state: 'enabled', failingSince: null, deleted: false }], publishedAt: null },
}
const explain = (changes: Partial<CauseStory> = {}) => explainCause({ ...base, ...changes })

describe('explainCause', () => {
  test('says what happened, to whom, and from when to when', () => {
    expect(explain().what).toBe(
      'hooks.ci.example refused every connection from 02:14 to 14:29, so 847 deliveries to 2 endpoints used up their 3 attempts.',
    )
    expect(explain({ count: 1, endpoints: 1, maxAttempts: 1, errorCode: 'http-410', lastAt: base.firstAt }).what).toBe(
      'hooks.ci.example answered 410 at 02:14, so 1 delivery to 1 endpoint ended at its first attempt.',
    )
    expect(
      explain({ channel: 'email', errorCode: 'smtp-550', endpoints: 0, recipients: 91, count: 98, host: null, maxAttempts: 1 }).what,
    ).toBe('The mail server answered 550 from 02:14 to 14:29, so 98 mails to 91 recipients ended at their first attempt.')
    expect(explain({ kind: 'pipeline-fault', channel: null, title: 'data.release.author is undefined', count: 37 }).what).toBe(
      'The fan-out of 37 events failed from 02:14 to 14:29: data.release.author is undefined.',
    )
  })

  test('says whether a replay makes duplicates', () => {
    expect(explain().sent).toBe('Nothing was ever sent, so a replay makes no duplicates.')
    expect(explain({ reach: { never: 1, answered: 2, maybe: 0 } }).sent).toContain('took none of them')
    expect(explain({ reach: { never: 0, answered: 0, maybe: 1 } }).sent).toContain('the same webhook-id')
    expect(explain({ channel: 'email', reach: { never: 0, answered: 0, maybe: 2 } }).sent).toContain('2 mails may have arrived')
  })

  test('proves that it works only by what came after the last letter', () => {
    const proof = { at: at('14:31:40'), statusCode: 200, durationMs: 182, replayed: false }
    expect(explain({ proof })).toMatchObject({ works: true, now: 'It answers again: a delivery at 14:31:40 got 200 in 182 ms.' })
    expect(explain({ proof: { ...proof, at: at('13:00:00') } })).toMatchObject({ works: null, now: null })
  })

  test('says why it cannot work', () => {
    const endpoints = (changes: object) => ({
      endpoints: [{ state: 'enabled', failingSince: null, deleted: false, ...changes }],
      publishedAt: null,
    })
    expect(explain({ places: endpoints({ deleted: true }) })).toMatchObject({ works: false, now: expect.stringContaining('deleted') })
    expect(explain({ places: endpoints({ state: 'disabled' }) })).toMatchObject({
      works: false,
      now: expect.stringContaining('1 endpoint is disabled'),
    })
    expect(explain({ places: endpoints({ failingSince: at('02:00:00') }) })).toMatchObject({
      works: false,
      now: expect.stringContaining('since 02:00'),
    })
    expect(explain({ workflows: ['w'], places: { endpoints: [], publishedAt: at('14:30:00') } }).now).toContain('published again at 14:30')
  })
})

test('moments of another day name it', () => {
  expect(momentText(new Date('2026-11-18T23:59:59Z'), base.now)).toBe('18 Nov 23:59')
  expect(spanText(new Date('2026-11-18T23:59:59Z'), at('14:28:00'), base.now)).toBe('from 18 Nov 23:59 to 14:28')
})
