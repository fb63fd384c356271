import { expect, test } from 'vitest'
import type { Snapshot } from '../contracts/live.ts'
import { panelTexts } from '../texts/map-panel.ts'
import { declaredNodes } from '../topology/index.ts'
import { leversAt } from './map-levers.ts'

const place = (id: string) => declaredNodes.find((node) => node.id === id)!
const snapshotOf = (queue: object, openLetters = 0) =>
  ({
    queues: [{ name: 'delivery-webhook', ...queue }],
    providers: [{ key: 'webhook', state: 'running', waiting: 40, held: 0 }],
    workspace: { openLetters },
  }) as never as Snapshot
const namesAt = (id: string, snapshot: Snapshot | null, past = false) => leversAt(place(id), snapshot, past).map(({ name }) => name)
const running = snapshotOf({ state: 'running', servicePerSecond: 37.2, concurrency: 8 }, 3)

test('gives a queue its levers with how far each reaches', () => {
  const [pause, concurrency, replay] = leversAt(place('queue:delivery-webhook'), running, false)
  expect(pause).toMatchObject({ name: 'pause', reach: 'stops 37/s', needs: 'instance', whyNot: null })
  expect(concurrency).toMatchObject({ name: 'concurrency', reach: '8 slots' })
  expect(replay).toMatchObject({ name: 'replay', reach: '3 open', needs: 'operator', whyNot: null })
})

test('offers to resume what is paused, and nothing of a queue that is not known', () => {
  expect(namesAt('queue:delivery-webhook', snapshotOf({ state: 'paused', concurrency: 8 }))[0]).toBe('resume')
  expect(namesAt('queue:delivery-webhook', null)).toEqual([])
})

test('says why there is nothing to replay, and that nothing can be done to the past', () => {
  const none = snapshotOf({ state: 'running', servicePerSecond: null, concurrency: 8 })
  expect(leversAt(place('letters'), none, false)).toMatchObject([{ name: 'replay', whyNot: panelTexts.actions.nothingToReplay }])
  const past = leversAt(place('queue:delivery-webhook'), running, true)
  expect(past.map(({ whyNot }) => whyNot)).toEqual(past.map(() => panelTexts.actions.past))
})

test('lets workers be given more slots and endpoints be held', () => {
  expect(namesAt('workers:delivery-webhook', running)).toEqual(['concurrency'])
  expect(namesAt('endpoints', running)).toEqual(['hold-provider', 'hold'])
})

test('holds a provider with its reach, and releases what is held', () => {
  expect(leversAt(place('endpoints'), running, false)[0]).toMatchObject({
    label: 'Hold all webhooks…',
    reach: '40 wait',
    needs: 'instance',
  })
  const held = { ...running, providers: [{ key: 'webhook', state: 'held', waiting: 0, held: 41 }] } as never as Snapshot
  expect(leversAt(place('endpoints'), held, false)[0]).toMatchObject({ name: 'release-provider', reach: '41 held' })
  expect(namesAt('mail', running)).toEqual([])
})
