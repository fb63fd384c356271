import { describe, expect, test } from 'vitest'
import { whyNotRunning, type WhyFacts } from './why-not-running.rules.ts'

const calm: WhyFacts = {
  state: 'waiting',
  kind: 'deliver',
  dueInMs: -10_000,
  tries: 0,
  lastError: null,
  suspect: false,
  inRedis: false,
  workerName: null,
  pause: null,
  endpoint: null,
  hold: null,
  lane: { name: 'acme', handedOver: 3, share: 400, limit: null, limitedBy: null, servedPerSecond: 4 },
  queue: { servicePerSecond: 40, ratePerSecond: null, concurrency: 40, concurrencyMax: 64, busy: 10 },
  ahead: { own: 0, others: 0 },
  workers: { live: 2, lastSeenMs: 800 },
}
const why = (facts: Partial<WhyFacts>) => whyNotRunning('dlv_1', { ...calm, ...facts })
const states = (answer: ReturnType<typeof why>) => Object.fromEntries(answer.checks.map((check) => [check.id, check.state]))

test('the checks always stand in the same order', () => {
  expect(why({}).checks.map((check) => check.id)).toEqual(['paused', 'due', 'held', 'limited', 'behind', 'workers'])
  expect(Object.values(states(why({})))).toEqual(Array(6).fill('ok'))
  expect(why({}).sentence).toBe('It is next: a worker takes it within a moment.')
})

test('behind others: how many, how long, and what would make it sooner by how much', () => {
  const answer = why({ ahead: { own: 10, others: 4_200 }, queue: { ...calm.queue, busy: 40 } })
  expect(answer.sentence).toBe('It is behind 4,200 rows of other lanes, and all 40 slots are busy. It starts in about 1 m 45 s.')
  expect(answer.startsInSeconds).toBe(105.3)
  expect(states(answer)).toMatchObject({ behind: 'warn', workers: 'ok' })
  expect(answer.help.map(({ action, startsInSeconds }) => [action, startsInSeconds])).toEqual([
    ['raise-concurrency', 65.8],
    ['promote', 1],
  ])
})

test('paused: by whom and why; nothing starts, and resuming helps', () => {
  const answer = why({ pause: { by: 'Ada', reason: 'provider is down', sinceMs: 60_000 }, ahead: { own: 400, others: 0 } })
  expect(answer.sentence).toBe('The queue is paused by Ada: provider is down. Nothing starts until it is resumed.')
  expect(answer.startsInSeconds).toBeNull()
  expect(answer.help).toMatchObject([{ action: 'resume', startsInSeconds: 10 }])
  expect(states(answer).paused).toBe('fail')
})

test('due later: when, after how many attempts, and what the last one said', () => {
  const answer = why({ state: 'delayed', dueInMs: 250_000, tries: 2, lastError: '503 from the receiver' })
  expect(answer.sentence).toBe('It tries again in 4 m 10 s, after 2 attempts: 503 from the receiver.')
  expect(answer.startsInSeconds).toBe(250)
  expect(answer.help.map(({ action }) => action)).toEqual(['retry', 'promote'])
})

test('held by who holds its provider: nothing but releasing it helps', () => {
  const answer = why({ state: 'held', hold: { by: 'Ada', reason: 'it times out' } })
  expect(answer.sentence).toBe('Its provider is held by Ada: it times out. It goes out when the provider is released.')
  expect(answer.startsInSeconds).toBeNull()
  expect(states(answer).held).toBe('fail')
  expect(answer.help.map(({ action }) => action)).toEqual(['release-provider'])
})

test('held by a disabled endpoint: nothing but enabling it helps, also when the queue is paused', () => {
  const answer = why({
    state: 'held',
    endpoint: { enabled: false, reason: 'gone', failing: true },
    pause: { by: 'Ada', reason: 'x', sinceMs: 1 },
  })
  expect(answer.sentence).toBe('Its endpoint is disabled (gone): it goes out when the endpoint is enabled again.')
  expect(answer.help.map(({ action }) => action)).toEqual(['enable-endpoint'])
})

describe('limits', () => {
  test('a lane stopped by hand never starts by itself', () => {
    const answer = why({ lane: { ...calm.lane, limit: 0, limitedBy: 'Ada' }, ahead: { own: 80, others: 5_000 } })
    expect(answer.sentence).toBe('Its lane acme is stopped: Ada set its limit to 0.')
    expect(answer.startsInSeconds).toBeNull()
    expect(states(answer).limited).toBe('fail')
    expect(answer.help.map(({ action }) => action)).toEqual(['unlimit-lane', 'promote'])
  })

  test('a lane at its limit moves by itself: only its own rows count', () => {
    const answer = why({ lane: { ...calm.lane, limit: 3, limitedBy: 'Ada' }, ahead: { own: 80, others: 5_000 } })
    expect(answer.startsInSeconds).toBe(20)
    expect(answer.sentence).toContain('has them all, with 80 before it. It starts in about 20 s.')
  })

  test('a rate says how long, also when nothing was measured yet', () => {
    const answer = why({ queue: { ...calm.queue, servicePerSecond: 0, ratePerSecond: 5 }, ahead: { own: 50, others: 0 } })
    expect(answer.startsInSeconds).toBe(10)
    expect(answer.help[0]).toMatchObject({ action: 'raise-rate', startsInSeconds: 5 })
  })
})

test('nobody works: that is said before how many are ahead', () => {
  const answer = why({ workers: { live: 0, lastSeenMs: null }, ahead: { own: 5, others: 5 } })
  expect(answer.sentence).toBe('No live worker takes this queue: nothing starts until one does.')
  expect(answer.startsInSeconds).toBeNull()
})

test('what nobody has measured is not guessed', () => {
  const answer = why({ queue: { ...calm.queue, servicePerSecond: 0 }, ahead: { own: 5, others: 0 } })
  expect(answer.startsInSeconds).toBeNull()
  expect(answer.sentence).toContain('Nobody can tell when it starts')
})

test('one that runs is running', () => {
  expect(why({ state: 'active', workerName: 'worker-1' })).toMatchObject({
    sentence: 'It is running: worker-1 has it.',
    startsInSeconds: 0,
    help: [],
  })
})
