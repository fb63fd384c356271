// The first page in Nuxt's own environment: what it shows, what it keeps when the server is away, and how often it asks.
import { mountSuspended } from '@nuxt/test-utils/runtime'
import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Status } from '#shared/contracts/status.ts'
import IndexPage from '~/pages/index.vue'

const status: Status = {
  version: '0.1.0',
  ageMs: 0,
  stores: { postgres: true, redis: true },
  mailCatcher: true,
  picture: {
    processes: [{ name: 'worker-1', roles: ['relay', 'fan-out'], state: 'working', lastSeenMsAgo: 300 }],
    ledger: {
      events: { accepted: 1_204, completed: 1_200, pending: 4, scheduled: 0, unmatched: 0, dead: 0, cancelled: 0, unaccounted: 0 },
      deliveries: {
        created: 2_400,
        delivered: 2_396,
        pending: 4,
        dead: 0,
        suppressed: 0,
        cancelled: 0,
        held: 0,
        maybeSent: 0,
        unaccounted: 0,
      },
    },
    keyPrefix: 'sb_7Qd2',
    firstWorkflow: { key: 'welcome', eventType: 'pull_request.opened' },
  },
}
const none: Status = {
  ...status,
  picture: {
    ...status.picture!,
    ledger: { events: zero(status.picture!.ledger.events), deliveries: zero(status.picture!.ledger.deliveries) },
  },
}

function zero<T extends object>(counts: T): T {
  return Object.fromEntries(Object.keys(counts).map((key) => [key, 0])) as T
}

let answers: (() => Promise<Response>)[] = []
let asked = 0
const ok = (body: Status) => () => Promise.resolve(Response.json(body))
const away = () => Promise.reject(new TypeError('Failed to fetch'))

beforeEach(() => {
  asked = 0
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] })
  vi.stubGlobal('fetch', (url: string) => {
    if (url !== '/api/v1/status') throw new Error(`The page asked for ${url}`)
    asked++
    return (answers.length > 1 ? answers.shift()! : answers[0]!)()
  })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

async function open(...given: (() => Promise<Response>)[]) {
  answers = given
  const page = await mountSuspended(IndexPage)
  await flushPromises()
  return page
}

async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms)
  await flushPromises()
}

describe('the first page', () => {
  it('explains how to send the first event while there is none', async () => {
    const page = await open(ok(none))
    expect(page.get('h1').text()).toBe('No events yet. Send the first one.')
    expect(page.text()).toContain('The workflow welcome is published and waits for pull_request.opened.')
    expect(page.get('pre').text()).toContain('"type": "pull_request.opened"')
    expect(page.find('dl').exists()).toBe(false)
    page.unmount()
  })

  it('says the ledger in a sentence and as two equations', async () => {
    const page = await open(ok(status))
    expect(page.get('h1').text()).toBe('0 unaccounted')
    expect(page.findAll('dl')).toHaveLength(2)
    expect(page.get('dl').text()).toContain('1,204')
    expect(page.get('h1 svg').classes()).toContain('ok')
    page.unmount()
  })

  it('keeps old figures with their age when the server goes away, then turns lamps into rings, then recovers', async () => {
    const page = await open(ok(status), away)
    await pass(5_000)
    expect(page.get('header').text()).toMatch(/\d+\.\d s old/)
    expect(page.get('.faults').text()).toContain('The API has not answered for')
    expect(page.get('main > [role=status]').text()).toBe('The API does not answer.')
    expect(page.get('h1 svg').classes()).toContain('ok')
    await pass(6_000)
    expect(page.get('h1').text()).toBe('0 unaccounted')
    expect(page.findAll('.lamp').filter((lamp) => !lamp.classes().includes('none'))).toHaveLength(1)
    answers = [ok(status)]
    await pass(4_000)
    expect(page.find('.faults').exists()).toBe(false)
    expect(page.get('header').text()).toContain('live')
    page.unmount()
  })

  it('asks every 2 s, and never again before it was answered or gave up', async () => {
    const page = await open(ok(status))
    await pass(6_100)
    expect(asked).toBe(4)
    answers = [() => new Promise<Response>(() => {})]
    await pass(2_000)
    expect(asked).toBe(5)
    await pass(4_000)
    expect(asked).toBe(5)
    page.unmount()
    await pass(60_000)
    expect(asked).toBe(5)
  })
})
