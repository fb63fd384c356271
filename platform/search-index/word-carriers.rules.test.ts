import { expect, test } from 'vitest'
import { createWordCarriers } from './word-carriers.rules.ts'

const dayMs = 86_400_000
const document = (id: string, day = 1) => ({ id, at: new Date(day * dayMs + 5) })

test('one document a day carries a word, in each place', () => {
  const carriers = createWordCarriers()
  expect(carriers.carriedBy('here', document('a'), ['storm', 'warning'])).toEqual(['storm', 'warning'])
  expect(carriers.carriedBy('here', document('b'), ['storm', 'surge'])).toEqual(['surge'])
  expect(carriers.carriedBy('there', document('c'), ['storm'])).toEqual(['storm'])
  expect(carriers.carriedBy('here', document('d', 2), ['storm'])).toEqual(['storm'])
})

test('the one that carries it still does when it is put again', () => {
  const carriers = createWordCarriers()
  carriers.carriedBy('here', document('a'), ['storm'])
  carriers.carriedBy('here', document('b'), ['storm'])
  expect(carriers.carriedBy('here', document('a'), ['storm', 'surge'])).toEqual(['storm', 'surge'])
})

test('what it remembers is bounded, and forgetting carries a word twice, never not at all', () => {
  const carriers = createWordCarriers()
  carriers.carriedBy('here', document('a'), ['storm'])
  const many = Array.from({ length: 50_000 }, (_, i) => `word${i}`)
  expect(carriers.carriedBy('here', document('b'), many)).toEqual(many)
  expect(carriers.carriedBy('here', document('c'), ['storm'])).toEqual(['storm'])
})
