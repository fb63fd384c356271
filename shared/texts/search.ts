// Words of searching by words and by meaning.
import { countOf, formatCount } from '../view/figures.ts'

export const searchTexts = {
  field: 'search',
  mode: 'by',
  modes: { words: 'words', meaning: 'meaning', hybrid: 'words and meaning' },
  list: 'Notifications found, best first',
  found: (count: number, mode: string) => `${countOf(count, 'match', 'matches')} by ${mode}, best first.`,
  corrected: (word: string, meant: string) => `Nobody writes "${word}": looked for ${meant}.`,
  incomplete: 'Not everything could be looked at for this state: narrow it down by time or recipient.',
  lag: (seconds: string, changes: number) => `${countOf(changes, 'change')} of the last ${seconds} may be missing.`,
  causes: 'Causes like it',
  noneOpen: 'none open',
  closedOf: (total: number) => `none open, ${formatCount(total)} closed`,
  letters: 'Letters found, best first',
  noneLetters: (state: string) => `No ${state} letter says this. Try other words, or another tab.`,
  recipients: 'Recipients found, best first',
  anyText: 'text',
  noneTitle: 'Nothing found.',
  noneText: 'Try other words, fewer filters, or a longer time.',
  similar: 'Failures like this one',
  similarOpen: (count: number) => `${countOf(count, 'open letter')}`,
  similarClosed: { fixed: 'was fixed', 'failed-again': 'failed again', sent: 'was sent again', discarded: 'was discarded' },
} as const
