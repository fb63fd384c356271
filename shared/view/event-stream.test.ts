import { expect, it } from 'vitest'
import { createStreamParser, reconnectDelayMs, type StreamMessage } from './event-stream.ts'

function parse(...pieces: string[]): StreamMessage[] {
  const messages: StreamMessage[] = []
  const parser = createStreamParser((message) => messages.push(message))
  for (const piece of pieces) parser.push(piece)
  return messages
}

it('gives whole messages, however they are cut', () => {
  const text = ': hello\nid: 7\nevent: snapshot\ndata: {"a":\ndata: 1}\n\ndata: next\n\n'
  const whole = parse(text)
  expect(whole).toEqual([
    { event: 'snapshot', data: '{"a":\n1}', id: '7' },
    { event: 'message', data: 'next', id: '7' },
  ])
  expect(parse(...text)).toEqual(whole)
  expect(parse(...text.replaceAll('\n', '\r\n'))).toEqual(whole)
})

it('says nothing for comments and for a message without data', () => {
  expect(parse(': beat\n\n', 'event: snapshot\n\n')).toEqual([])
})

it('waits longer after each try, up to half a minute, never twice the same', () => {
  expect(reconnectDelayMs(0, 0)).toBe(250)
  expect(reconnectDelayMs(3, 1)).toBe(4_000)
  expect(reconnectDelayMs(40, 1)).toBe(30_000)
})
