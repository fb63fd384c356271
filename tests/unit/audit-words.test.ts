// Nobody reads 'queue.pause' in the console: every action that the code writes down has words.
import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { auditDeeds } from '#shared/texts/audit.ts'

test('every action of the audit has words', () => {
  const written = globSync('services/**/*.ts').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/action: (?:\w+ \? )?'([a-z-]+\.[a-z-]+)'(?: : '([a-z-]+\.[a-z-]+)')?/g)].flatMap(
      ([, first, second]) => [first!, ...(second ? [second] : [])],
    ),
  )
  expect(written.length).toBeGreaterThan(20)
  expect([...new Set(written)].filter((action) => !(action in auditDeeds))).toEqual([])
})
