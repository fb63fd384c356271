import { expect, test } from 'vitest'
import { canBeMisspelt, editDistance, nearestWords, nearWords, withoutOneLetter, wordsOf } from './query-words.rules.ts'

test('parts words as the index does, and leaves out those that say nothing', () => {
  expect(wordsOf("The customer's CARD was declined: order #1007!")).toEqual(['customer', 's', 'card', 'declined', 'order', '1007'])
  expect(wordsOf('to be or not to be')).toEqual(['to', 'be', 'or', 'not'])
  expect(wordsOf('Überweisung größer')).toEqual(['überweisung', 'größer'])
  expect(wordsOf('--- ...')).toEqual([])
})

test('counts mistakes, a swap of neighbours as one', () => {
  expect(editDistance('recieved', 'received', 2)).toBe(1)
  expect(editDistance('payment', 'paymnt', 2)).toBe(1)
  expect(editDistance('invoice', 'voice', 2)).toBe(2)
  expect(editDistance('invoice', 'refund', 2)).toBe(3)
})

test('the nearest words, none that is another word', () => {
  expect(nearestWords('shiped', ['shipped', 'shaped', 'stopped', 'ship'])).toEqual(['shipped', 'shaped'])
  expect(nearestWords('card', ['cart', 'hard', 'ward', 'bard'])).toHaveLength(3)
  expect(nearestWords('form', ['from'])).toEqual(['from'])
  expect(canBeMisspelt('x1007')).toBe(false)
})

test('words with one mistake between them share one with a letter left out', () => {
  const shared = (one: string, other: string) => withoutOneLetter(one).some((each) => withoutOneLetter(other).includes(each))
  expect(withoutOneLetter('abba')).toEqual(['abba', 'bba', 'aba', 'abb'])
  for (const mistake of ['freind', 'frend', 'frieend', 'fxiend', 'riend', 'friendd']) expect(shared('friend', mistake), mistake).toBe(true)
  expect(nearWords('friends')).toEqual([...withoutOneLetter('friends'), 'frie', 'frien'])
  expect(nearWords('form')).toEqual(withoutOneLetter('form'))
  expect(shared('friend', 'fiancé')).toBe(false)
})
