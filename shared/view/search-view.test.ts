import { expect, test } from 'vitest'
import { snippetParts, toldOf } from './search-view.ts'

test('parts a snippet at its marks, and leaves out marks that cannot be', () => {
  expect(
    snippetParts({
      text: 'a card declined',
      marks: [
        [2, 6],
        [7, 15],
      ],
    }),
  ).toEqual([
    { text: 'a ', mark: false },
    { text: 'card', mark: true },
    { text: ' ', mark: false },
    { text: 'declined', mark: true },
  ])
  expect(snippetParts({ text: 'abc', marks: [[1, 9]] })).toEqual([{ text: 'abc', mark: false }])
  expect(snippetParts({ text: '', marks: [] })).toEqual([])
})

test('says how it was found, what was corrected and what may be missing', () => {
  const answer = {
    mode: 'words',
    note: 'No meaning here.',
    corrected: { recieved: ['received'] },
    complete: false,
    lag: { seconds: 7.4, documents: 12 },
  } as const
  const told = toldOf({ ...answer, corrected: { recieved: ['received'] } }, 2).join(' ')
  for (const part of ['2 matches by words', 'No meaning here.', 'received', 'Not everything', '12 changes of the last 7 s'])
    expect(told).toContain(part)
  expect(toldOf({ mode: 'hybrid', note: null, corrected: {}, complete: true, lag: { seconds: 1, documents: 3 } }, 0)).toEqual([])
})
