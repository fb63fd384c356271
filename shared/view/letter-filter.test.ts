import { expect, test } from 'vitest'
import { isNarrowed, letterFilterOf, type LetterChoice } from './letter-filter.ts'

const none: LetterChoice = {
  q: '',
  channel: '',
  kind: '',
  endpoint: '',
  recipient: '',
  workflow: '',
  eventType: '',
  replay: '',
  discard: '',
}

test('open letters are asked for by their cause, and not without one', () => {
  expect(letterFilterOf(none, 'open', '')).toBeNull()
  expect(letterFilterOf(none, 'open', 'cau_1')).toEqual({ cause: 'cau_1', state: 'open' })
  const typed = { ...none, q: 'refused', channel: 'webhook', replay: 'rpl_1' }
  expect(letterFilterOf(typed, 'open', 'cau_1')).toEqual({ q: 'refused', channel: 'webhook', cause: 'cau_1', state: 'open' })
})

test('closed ones by what closed them, whatever their cause', () => {
  expect(letterFilterOf(none, 'replayed', 'cau_1')).toEqual({ state: 'replayed' })
  expect(letterFilterOf({ ...none, replay: 'rpl_1', discard: 'dsc_1' }, 'replayed', '')).toEqual({ state: 'replayed', replay: 'rpl_1' })
  expect(letterFilterOf({ ...none, replay: 'rpl_1', discard: 'dsc_1' }, 'discarded', '')).toEqual({ state: 'discarded', discard: 'dsc_1' })
})

test('only what is typed narrows a list down', () => {
  expect(isNarrowed(none)).toBe(false)
  expect(isNarrowed({ ...none, replay: 'rpl_1' })).toBe(false)
  expect(isNarrowed({ ...none, eventType: 'a.b' })).toBe(true)
})
