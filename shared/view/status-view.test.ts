import { describe, expect, it } from 'vitest'
import type { Status, StatusLedger, StatusPicture } from '../contracts/status.ts'
import { firstEventSnippet, snippetText } from './first-event.ts'
import { faultSentences, ledgerAnswer, ledgerEquations, runningParts } from './status-view.ts'

const emptyLedger: StatusLedger = {
  events: { accepted: 0, completed: 0, pending: 0, scheduled: 0, unmatched: 0, dead: 0, cancelled: 0, unaccounted: 0 },
  deliveries: { created: 0, delivered: 0, pending: 0, dead: 0, suppressed: 0, cancelled: 0, held: 0, maybeSent: 0, unaccounted: 0 },
}

function statusWith(change: {
  events?: Partial<StatusLedger['events']>
  deliveries?: Partial<StatusLedger['deliveries']>
  picture?: Partial<StatusPicture>
}): Status {
  return {
    version: '0.1.0',
    ageMs: 0,
    stores: { postgres: true, redis: true },
    mailCatcher: true,
    picture: {
      processes: [],
      ledger: { events: { ...emptyLedger.events, ...change.events }, deliveries: { ...emptyLedger.deliveries, ...change.deliveries } },
      keyPrefix: 'sb_7Qd2',
      firstWorkflow: { key: 'welcome', eventType: 'pull_request.opened' },
      ...change.picture,
    },
  }
}

describe('the answer about the ledger', () => {
  it('is a ring before anything was read, and while there is nothing to count', () => {
    expect(ledgerAnswer(null, 0).lamp).toBe('none')
    expect(ledgerAnswer({ ...statusWith({}), picture: null }, 0).title).toBe('Postgres does not answer yet.')
    const first = ledgerAnswer(statusWith({}), 0)
    expect(first).toMatchObject({ lamp: 'none', word: 'nothing to count yet', title: 'No events yet. Send the first one.' })
    expect(first.sentence).toBe(
      'The workflow `welcome` is published and waits for `pull_request.opened`. Mail stays in the built-in mailbox, nothing leaves this machine.',
    )
  })

  it('does not promise that mail stays when it leaves', () => {
    expect(ledgerAnswer({ ...statusWith({}), mailCatcher: false }, 0).sentence).not.toContain('Mail')
  })

  it('is ok at 0 unaccounted, and names what waits or needs a person', () => {
    expect(ledgerAnswer(statusWith({ events: { accepted: 2 } }), 0)).toEqual({
      lamp: 'ok',
      word: '0 unaccounted',
      title: '0 unaccounted',
      sentence: 'Every event and delivery has a place.',
    })
    expect(
      ledgerAnswer(statusWith({ events: { accepted: 2, dead: 1 }, deliveries: { pending: 1, held: 1_184, dead: 3 } }), 0).sentence,
    ).toBe(
      'Every event and delivery has a place. 1 delivery is on the way. 1,184 deliveries are held for a person. 4 are dead: `GET /api/v1/dead-letters` says why.',
    )
  })

  it('fails on anything unaccounted, also on too much', () => {
    const lost = ledgerAnswer(statusWith({ events: { accepted: 2, unaccounted: 1 }, deliveries: { unaccounted: 2 } }), 0)
    expect(lost).toMatchObject({ lamp: 'fail', title: '3 unaccounted' })
    expect(lost.sentence).toContain('1 event and 2 deliveries are in no state.')
    expect(ledgerAnswer(statusWith({ events: { accepted: 2, unaccounted: -1 } }), 0).lamp).toBe('fail')
  })

  it('becomes a ring when the picture is old, and keeps its words', () => {
    expect(ledgerAnswer(statusWith({ events: { accepted: 2 } }), 8_001)).toMatchObject({ lamp: 'none', word: '0 unaccounted' })
  })
})

const now = { pictureMs: 0, answerMs: 0 }

describe('what runs', () => {
  const process = { name: 'worker-1', roles: ['relay', 'fan-out'], state: 'working' as const, lastSeenMsAgo: 400 }
  const partOf = (change: Partial<typeof process> | { state: 'stuck' | 'stopping' | 'idle' }, ageMs = 0) =>
    runningParts(statusWith({ picture: { processes: [{ ...process, ...change }] } }), { pictureMs: ageMs, answerMs: 0 })[0]

  it('shows each process by the state it reported', () => {
    expect(partOf({})).toEqual({ name: 'worker-1', note: 'relay, fan-out', lamp: 'ok', word: 'working' })
    expect(partOf({ state: 'idle' })).toMatchObject({ lamp: 'ok', word: 'idle' })
    expect(partOf({ state: 'stuck' })).toMatchObject({ lamp: 'warn', word: 'stuck' })
    expect(partOf({ state: 'stopping' })).toMatchObject({ lamp: 'paused', word: 'stopping' })
  })

  it('says since when a process was not seen', () => {
    expect(partOf({ lastSeenMsAgo: 12_000 }, 1_000)).toMatchObject({ lamp: 'fail', word: 'not seen for 13 s' })
  })

  it('lists the stores after the processes', () => {
    const parts = runningParts({ ...statusWith({}), stores: { postgres: true, redis: false } }, now)
    expect(parts.map(({ name, lamp }) => [name, lamp])).toEqual([
      ['postgres', 'ok'],
      ['redis', 'fail'],
    ])
  })

  it('turns the lamps of processes into rings when the picture is old, and all of them when the API is silent', () => {
    const status = statusWith({ picture: { processes: [process] } })
    const lamps = (ages: typeof now) => runningParts(status, ages).map(({ lamp }) => lamp)
    expect(lamps({ pictureMs: 8_001, answerMs: 0 })).toEqual(['none', 'ok', 'ok'])
    expect(lamps({ pictureMs: 9_000, answerMs: 8_001 })).toEqual(['none', 'none', 'none'])
  })
})

describe('what is wrong', () => {
  it('is nothing on a good day, and before the first answer', () => {
    expect(faultSentences(statusWith({}), false, now)).toEqual([])
    expect(faultSentences(null, false, now)).toEqual([])
  })
  it('is the silence of the API before everything else, once it lasts', () => {
    const status = { ...statusWith({}), stores: { postgres: false, redis: false } }
    const text = 'The API has not answered for 34 s. What stands below is from then.'
    expect(faultSentences(status, true, { pictureMs: 34_000, answerMs: 34_000 })).toEqual([{ who: 'The API', text }])
    expect(faultSentences(null, true, now)).toEqual([
      { who: 'The API', text: 'The API does not answer. This page fills as soon as it does.' },
    ])
    expect(faultSentences(statusWith({}), true, { pictureMs: 2_000, answerMs: 2_000 })).toEqual([])
  })
  it('is a store that does not answer, with what that does to events', () => {
    const faults = faultSentences({ ...statusWith({}), stores: { postgres: false, redis: false } }, false, now)
    expect(faults.map(({ who }) => who)).toEqual(['Postgres', 'Redis'])
    expect(faults.map(({ text }) => text).join()).toMatch(/503.*wait in Postgres/)
  })
})

it('the equations carry every counter of the ledger once', () => {
  let next = 1
  const fill = <T extends object>(shape: T): T => Object.fromEntries(Object.keys(shape).map((key) => [key, next++])) as T
  const ledger: StatusLedger = { events: fill(emptyLedger.events), deliveries: fill(emptyLedger.deliveries) }
  const shown = ledgerEquations(ledger).flatMap(({ total, parts, unaccounted }) => [
    total.count,
    ...parts.map(({ count }) => count),
    unaccounted,
  ])
  expect(shown.toSorted((a, b) => a - b)).toEqual(Array.from({ length: next - 1 }, (_, index) => index + 1))
})

it('the first event is a call that a shell and the API understand', () => {
  const text = snippetText(firstEventSnippet('http://localhost:3000', 'pull_request.opened'))
  expect(text.startsWith('curl -X POST http://localhost:3000/api/v1/events \\\n')).toBe(true)
  const body = /-d '([^']+)'$/.exec(text)?.[1] ?? ''
  expect(JSON.parse(body)).toMatchObject({ type: 'pull_request.opened', recipients: [{ id: 'u1' }], data: { title: expect.any(String) } })
  // A reader changes the body and sends again: with a key that would be a 422.
  expect(text).not.toContain('Idempotency-Key')
})
