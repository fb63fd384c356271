// What the dead letters' page asks for: its URL as a filter of letters. Pure.
import type { LetterFilter, LetterState } from '../contracts/dead-letter.ts'

const typedNames = ['q', 'channel', 'kind', 'endpoint', 'recipient', 'workflow', 'eventType'] as const

/** As it stands in the page's URL; '' = not there. */
export type LetterChoice = Record<(typeof typedNames)[number] | 'replay' | 'discard', string>

/** True when somebody narrowed the list down, besides by tab and cause. */
export function isNarrowed(choice: Readonly<LetterChoice>): boolean {
  return typedNames.some((name) => choice[name] !== '')
}

/** The letters of a tab; null where there is nothing to list: open letters are listed cause by cause. */
export function letterFilterOf(choice: Readonly<LetterChoice>, tab: LetterState, causeId: string): LetterFilter | null {
  const typed = Object.fromEntries(
    typedNames.map((name) => [name, choice[name]] as const).filter(([, value]) => value !== ''),
  ) as LetterFilter
  if (tab === 'open') return causeId === '' ? null : { ...typed, cause: causeId, state: 'open' }
  if (tab === 'replayed') return { ...typed, state: 'replayed', ...(choice.replay ? { replay: choice.replay } : {}) }
  return { ...typed, state: 'discarded', ...(choice.discard ? { discard: choice.discard } : {}) }
}
