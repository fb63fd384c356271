import { describe, expect, test } from 'vitest'
import { letterFilterSchema } from '#shared/contracts/dead-letter.ts'
import { idBounds } from '#shared/contracts/list-filters.ts'
import { uuidTime } from '#shared/ids.ts'
import { letterFilterSql } from './letter-filter.rules.ts'

const hex = '0192f3a07b3e7c1d8a4f5e6d7c8b9a01'
const uuid = '0192f3a0-7b3e-7c1d-8a4f-5e6d7c8b9a01'

describe('letterFilterSql', () => {
  test('of an empty filter is nothing', () => expect(letterFilterSql({}, 2)).toEqual({ sql: '', values: [] }))

  test('numbers its parameters from where the caller says', () => {
    expect(letterFilterSql({ cause: `cau_${hex}`, channel: 'email', ids: [`dl_${hex}`] }, 6)).toEqual({
      sql: 'l.cause_id = $6::uuid AND l.channel = $7 AND l.id = ANY($8::uuid[])',
      values: [uuid, 'email', [uuid]],
    })
  })

  test('knows what each queue leaves behind', () => {
    expect(letterFilterSql({ queue: 'delivery-email' }, 2)).toEqual({
      sql: 'l.delivery_id IS NOT NULL AND l.channel = $2',
      values: ['email'],
    })
    expect(letterFilterSql({ queue: 'fan-out' }, 2).sql).toBe('l.delivery_id IS NULL')
    expect(letterFilterSql({ queue: 'replay' }, 2).sql).toBe('false')
  })

  test('looks for what was typed, not for a pattern', () => {
    const { sql, values } = letterFilterSql({ q: '100%_\\' }, 1)
    expect(sql).toContain('w.words @@ search.query_of($1)')
    expect(sql).toContain('(l.error_message ILIKE $2 OR l.event_type ILIKE $3 OR l.recipient_id ILIKE $4 OR l.snapshot ILIKE $5)')
    expect(values).toEqual(['100%_\\', ...Array.from({ length: 4 }, () => '%100\\%\\_\\\\%')])
    expect(letterFilterSql({ q: '%' }, 1).sql).not.toContain('search.')
  })

  test('does not let those who may not see payloads ask what stands in them', () => {
    expect(letterFilterSql({ q: 'secret' }, 1, { errorsOnly: true }).sql).toContain(
      '(l.event_type ILIKE $2 OR (l.error_message ILIKE $3 AND search.visible_of(l.error_message) ILIKE $4))',
    )
  })

  test('has a condition for every field of the contract, so that nothing asked for is left out', () => {
    const whole = letterFilterSchema.parse({
      cause: `cau_${hex}`,
      kind: 'pipeline-fault',
      channel: 'webhook',
      queue: 'delivery-webhook',
      endpoint: `end_${hex}`,
      recipient: 'u1',
      workflow: 'welcome',
      eventType: 'push',
      event: `evt_${hex}`,
      replay: `rpl_${hex}`,
      discard: `dsc_${hex}`,
      acceptedFrom: '2026-01-01',
      repeats: 'leave-out',
      expired: 'leave-out',
      from: '2026-01-01',
      to: '2026-01-02',
      q: 'x',
      state: 'open',
      ids: [`dl_${hex}`],
    })
    expect(Object.keys(whole).sort()).toEqual(Object.keys(letterFilterSchema.shape).sort())
    for (const [key, value] of Object.entries(whole)) expect(letterFilterSql({ [key]: value }, 1).sql, key).not.toBe('')
  })

  test('refuses what it does not know', () => expect(letterFilterSchema.safeParse({ recipients: 'u1' }).success).toBe(false))
})

describe('idBounds', () => {
  const day = (text: string | undefined) => new Date(uuidTime(text!)).toISOString()

  test('takes a date as `to` for the whole day, and a time as itself', () => {
    const dates = idBounds({ from: '2026-01-01', to: '2026-01-01' })
    expect([day(dates.from), day(dates.to)]).toEqual(['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z'])
    const times = idBounds({ from: '2026-01-01T10:00:00+02:00', to: '2026-01-01T10:00:00Z' })
    expect([day(times.from), day(times.to)]).toEqual(['2026-01-01T08:00:00.000Z', '2026-01-01T10:00:00.000Z'])
    expect(idBounds({})).toEqual({ from: undefined, to: undefined })
  })
})
