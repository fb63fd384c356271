import { expect, it } from 'vitest'
import { askItems, pathOfFound, readQuestion } from './ask.ts'

const event = `evt_${'0192f3a07b3e7c1d8a4f5e6d7c8b9f27'}`
const context = {
  mailCatcher: true,
  queues: [
    { name: 'delivery-email', state: 'running' as const },
    { name: 'fan-out', state: 'paused' as const },
  ],
  causes: [{ id: 'cau_1', title: 'connection refused', open: 847 }],
}

it.each([
  [`why did u1 not get ${event}`, { recipient: 'u1', event }],
  [`Why didn't ada@example.com get ${event}?`, { recipient: 'ada@example.com', event }],
  [`u1 ${event}`, { recipient: 'u1', event }],
  ['why did u1 not get it', { recipient: 'u1', event: null }],
  [`did everybody get ${event}`.replace('everybody ', ''), { recipient: null, event }],
  [event, null],
  ['queues', null],
  ['why', null],
])('reads %s', (text, question) => {
  expect(readQuestion(text)).toEqual(question)
})

it('offers pages, actions and what was found', () => {
  const titles = (text: string) => askItems(text, [], context).map(({ title }) => title)
  expect(titles('')).toContain('Queues')
  expect(titles('pause')).toEqual(['Pause delivery-email...'])
  expect(titles('resume')).toEqual(['Resume fan-out...'])
  expect(titles('replay')).toEqual(['Replay connection refused...', 'Replays'])
  expect(titles('zzz')).toEqual([])
})

it('offers for an event to open it, to explain it and to follow it', () => {
  const found = [{ kind: 'event' as const, id: event, title: 'user.greeted', note: 'repo/7', eventId: null }]
  expect(askItems(event, found, context).map(({ group, to }) => [group, to])).toEqual([
    ['answers', undefined],
    ['found', `/events/${event}`],
    ['actions', `/map?event=${event}`],
  ])
})

it('leads to the page that shows a thing', () => {
  expect(pathOfFound({ kind: 'delivery', id: 'dlv_1', eventId: event })).toBe(`/events/${event}?row=dlv_1`)
  expect(pathOfFound({ kind: 'recipient', id: 'a/b?c', eventId: null })).toBe('/recipients/a%2Fb%3Fc')
})
