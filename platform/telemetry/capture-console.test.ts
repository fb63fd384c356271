import { afterEach, expect, test } from 'vitest'
import { captureConsole } from './capture-console.ts'

const { warn, error } = console
afterEach(() => Object.assign(console, { warn, error }))

test('what libraries say is said by the log, without the things they hand over', () => {
  const lines: unknown[][] = []
  captureConsole({
    warn: (...line: unknown[]) => lines.push(['warn', ...line]),
    error: (...line: unknown[]) => lines.push(['error', ...line]),
  } as never)
  console.warn(new TypeError('no connection'), 'Attempt 2 failed.', { body: 'the letter' })
  console.error('x'.repeat(1_000))
  expect(lines).toEqual([
    ['warn', { said: 'TypeError: no connection Attempt 2 failed.' }, 'a library warns'],
    ['error', { said: 'x'.repeat(500) }, 'a library reports an error'],
  ])
})
