import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Preference } from '#shared/contracts/preference.ts'
import { decideChannel, quietUntil } from './recipients.rules.ts'

describe('decideChannel', () => {
  const message = { workflowKey: 'weekly', channel: 'email', critical: false }

  it('sends when nothing was said', () => {
    const silent: (Preference | null)[] = [null, {}, { channels: {} }, { workflows: {} }, { workflows: { weekly: {} } }]
    for (const preference of silent) {
      expect(decideChannel(preference, message)).toEqual({ send: true })
    }
  })

  it('suppresses a channel that is not wanted, and only that one', () => {
    expect(decideChannel({ channels: { email: false } }, message)).toEqual({ send: false, reason: 'opted out of email' })
    expect(decideChannel({ channels: { email: false } }, { ...message, channel: 'in-app' })).toEqual({ send: true })
  })

  it('lets a workflow speak over a channel', () => {
    expect(decideChannel({ channels: { email: false }, workflows: { weekly: { enabled: true } } }, message).send).toBe(true)
    expect(decideChannel({ channels: { email: true }, workflows: { weekly: { enabled: false } } }, message).send).toBe(false)
    expect(decideChannel({ channels: { email: false }, workflows: { daily: { enabled: true } } }, message).send).toBe(false)
  })

  it('lets a workflow on a channel speak over the workflow', () => {
    const preference: Preference = { channels: { email: true }, workflows: { weekly: { enabled: false, channels: { email: true } } } }
    expect(decideChannel(preference, message).send).toBe(true)
    expect(decideChannel(preference, { ...message, channel: 'in-app' })).toEqual({ send: false, reason: 'opted out of weekly' })
    expect(decideChannel({ workflows: { weekly: { channels: { email: false } } } }, message)).toEqual({
      send: false,
      reason: 'opted out of weekly by email',
    })
  })

  it('sends what is critical, whatever was said', () => {
    const preference: Preference = { channels: { email: false }, workflows: { weekly: { enabled: false, channels: { email: false } } } }
    expect(decideChannel(preference, { ...message, critical: true }).send).toBe(true)
  })

  it('is not misled by a workflow that is called like a property of objects', () => {
    expect(decideChannel({ workflows: {} }, { ...message, workflowKey: 'constructor' }).send).toBe(true)
    expect(decideChannel({ channels: { email: false } }, { ...message, workflowKey: 'tostring' }).send).toBe(false)
  })
})

describe('quietUntil', () => {
  const night = { quietHours: { from: '22:00', to: '07:00' } }
  const until = (preference: Pick<Preference, 'quietHours'> | null, zone: string | null, now: string) =>
    quietUntil(preference, zone, new Date(now))?.toISOString() ?? null

  it('is never quiet without quiet hours', () => {
    expect(until(null, 'Europe/Berlin', '2026-01-10T02:00:00Z')).toBeNull()
    expect(until({ quietHours: null }, null, '2026-01-10T02:00:00Z')).toBeNull()
  })

  it('ends a night in the morning, from both sides of midnight', () => {
    expect(until(night, null, '2026-01-10T21:59:59.999Z')).toBeNull()
    expect(until(night, null, '2026-01-10T22:00:00Z')).toBe('2026-01-11T07:00:00.000Z')
    expect(until(night, null, '2026-01-11T03:30:12.345Z')).toBe('2026-01-11T07:00:00.000Z')
    expect(until(night, null, '2026-01-11T06:59:59.999Z')).toBe('2026-01-11T07:00:00.000Z')
    expect(until(night, null, '2026-01-11T07:00:00Z')).toBeNull()
  })

  it('ends quiet hours inside one day on that day', () => {
    const lunch = { quietHours: { from: '12:00', to: '13:30' } }
    expect(until(lunch, null, '2026-01-10T12:15:00Z')).toBe('2026-01-10T13:30:00.000Z')
    expect(until(lunch, null, '2026-01-10T11:59:00Z')).toBeNull()
    expect(until(lunch, null, '2026-01-10T13:30:00Z')).toBeNull()
  })

  it("goes by the recipient's clock", () => {
    expect(until(night, 'Europe/Berlin', '2026-01-10T21:30:00Z')).toBe('2026-01-11T06:00:00.000Z')
    expect(until(night, 'America/New_York', '2026-01-10T21:30:00Z')).toBeNull()
    expect(until(night, 'Asia/Kathmandu', '2026-01-10T18:00:00Z')).toBe('2026-01-11T01:15:00.000Z')
    expect(until(night, 'Pacific/Kiritimati', '2026-01-10T09:00:00Z')).toBe('2026-01-10T17:00:00.000Z')
  })

  it('takes UTC for a zone that nobody knows', () => {
    expect(until(night, 'Mars/Olympus', '2026-01-10T23:00:00Z')).toBe('2026-01-11T07:00:00.000Z')
    expect(until(night, '', '2026-01-10T23:00:00Z')).toBe('2026-01-11T07:00:00.000Z')
  })

  it('knows that nights around a change of the clock are shorter and longer', () => {
    // Berlin 2026: forward on 29 March at 01:00Z, back on 25 October at 01:00Z.
    expect(until(night, 'Europe/Berlin', '2026-03-28T21:30:00Z')).toBe('2026-03-29T05:00:00.000Z')
    expect(until(night, 'Europe/Berlin', '2026-10-24T20:30:00Z')).toBe('2026-10-25T06:00:00.000Z')
  })

  it('ends at the first moment there is when the clock skips the end', () => {
    const early = { quietHours: { from: '22:00', to: '02:30' } }
    expect(until(early, 'Europe/Berlin', '2026-03-29T00:30:00Z')).toBe('2026-03-29T01:00:00.000Z')
  })

  it('ends at the first of two equal ends, and is quiet again while the clock shows a quiet time again', () => {
    const early = { quietHours: { from: '22:00', to: '02:30' } }
    expect(until(early, 'Europe/Berlin', '2026-10-24T23:00:00Z')).toBe('2026-10-25T00:30:00.000Z')
    expect(until(early, 'Europe/Berlin', '2026-10-25T01:10:00Z')).toBe('2026-10-25T01:30:00.000Z')
  })

  it('names, for any zone and hours, a moment in the future at which it is not quiet', () => {
    const clock = fc
      .integer({ min: 0, max: 1439 })
      .map((m) => `${String(Math.floor(m / 60)).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`)
    fc.assert(
      fc.property(
        fc.constantFrom(
          'UTC',
          'Europe/Berlin',
          'America/New_York',
          'Australia/Lord_Howe',
          'Asia/Kolkata',
          'America/St_Johns',
          'Pacific/Apia',
          'Africa/Casablanca',
        ),
        clock,
        clock,
        fc.date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true }),
        (zone, from, to, now) => {
          fc.pre(from !== to)
          const end = quietUntil({ quietHours: { from, to } }, zone, now)
          if (!end) return
          expect(end.getTime()).toBeGreaterThan(now.getTime())
          expect(end.getTime() - now.getTime()).toBeLessThanOrEqual(26 * 3_600_000)
          // Where the clock repeats an hour it may be quiet once more; then that ends too.
          const again = quietUntil({ quietHours: { from, to } }, zone, end)
          if (again) expect(quietUntil({ quietHours: { from, to } }, zone, again)).toBeNull()
        },
      ),
      { numRuns: 2_000 },
    )
  })
})
