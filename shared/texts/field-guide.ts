// Words of the field guide's pages; what its articles say is in shared/field-guide.
import type { ArticleGroup } from '../field-guide/article.ts'
import { countOf } from '../view/figures.ts'

export const fieldGuideTexts = {
  title: 'Field guide',
  lead: 'What each way of failing means, what mends it, and whether anything arrived.',
  list: 'Articles of the field guide',
  groups: {
    connection: 'No connection, or no answer',
    answer: 'The receiver said no',
    mail: 'Mail',
    inside: 'Before anything was sent',
  } satisfies Record<ArticleGroup, string>,
  steps: 'What to do',
  arrived: 'Did it arrive?',
  here: 'Here, now',
  noneHere: 'No open letter in this workspace has died of it.',
  open: (count: number) => countOf(count, 'open letter'),
  codes: 'Codes',
  rest: (digit: string) => `every other ${digit}xx`,
  read: 'What it means and what mends it',
  unknown: 'The guide has no such article.',
  unknownText: 'Articles are named by the code of an error, for example `connection-refused`.',
  all: 'All articles',
  found: 'Articles found, best first',
} as const
