import { expect, test } from 'vitest'
import { alphaFor } from './usual-alpha.rules.ts'

test.each(['order 40177', 'CVE-2020-27218', 'HTTP 503', 'ada@example.com', '٤٢'])('%s names something: words count more', (question) => {
  expect(alphaFor(question)).toBe(0.25)
})

test.each(['you owe us money', 'README', 'grüße'])('%s says something: meaning counts more', (question) => {
  expect(alphaFor(question)).toBe(0.75)
})
