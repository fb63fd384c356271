import { expect, test } from 'vitest'
import { csvLine } from './csv.ts'

test('quotes every text and doubles its quotes', () => {
  expect(csvLine(['a', 'say "hi", you', 'two\nlines', 7, null])).toBe('"a","say ""hi"", you","two\nlines",7,\r\n')
})

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '  =HYPERLINK("http://x")', '\r=1'])('defuses %j', (formula) => {
  expect(csvLine([formula])).toBe(`"'${formula.replaceAll('"', '""')}"\r\n`)
})
