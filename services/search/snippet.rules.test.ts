import { expect, test } from 'vitest'
import { snippetOf } from './snippet.rules.ts'

const marked = (text: string, words: string[]) => {
  const snippet = snippetOf(text, words)
  return snippet.marks.map(([from, to]) => snippet.text.slice(from, to))
}

test('marks words from their beginning, whatever their case', () => {
  expect(marked('Your Payment was declined. Payments are retried.', ['payment', 'declin'])).toEqual(['Payment', 'declined', 'Payments'])
  expect(marked('prepayment', ['payment'])).toEqual([])
  expect(marked('a.*b (c)', ['.*'])).toEqual([])
})

test('shows the place where most of the words stand', () => {
  const text = `${'The parser was mended. '.repeat(20)}The payment of the invoice was declined by the bank. ${'All is well. '.repeat(40)}`
  const snippet = snippetOf(text, ['payment', 'declined', 'parser'])
  expect(snippet.text).toContain('payment of the invoice was declined')
  expect(snippet.text.length).toBeLessThan(210)
  // Something was left out on both sides.
  expect([snippet.text.at(0), snippet.text.at(-1)]).toEqual(['\u2026', '\u2026'])
  expect(snippet.marks.map(([from, to]) => snippet.text.slice(from, to))).toEqual(expect.arrayContaining(['payment', 'declined']))
})

test('shows the beginning of what was found by meaning, and keeps characters whole', () => {
  expect(snippetOf('Hello', ['bye'])).toEqual({ text: 'Hello', marks: [] })
  // Nothing was left out.
  expect(snippetOf('Hello there', ['hello'])).toEqual({ text: 'Hello there', marks: [[0, 5]] })
  const long = snippetOf('\u{1f600}'.repeat(300), [])
  expect(long.text.isWellFormed()).toBe(true)
})
