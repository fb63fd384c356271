import { expect, test } from 'vitest'
import { addedNames, namesOf } from './masked-names.ts'

test('names are read one a line or with commas, once each', () => {
  expect(namesOf(' shoeSize\n\ndiagnosis, ShoeSize ,weight')).toEqual(['shoeSize', 'diagnosis', 'weight'])
  expect(namesOf('')).toEqual([])
})

test('what is new is told whatever case it is written in', () => {
  expect(addedNames(['A', 'b'], ['a', 'c'])).toEqual(['c'])
})
