// The field guide: what each way of failing means, what mends it, and whether anything arrived. One article per error code, or per codes that
// are one thing. Read by the console's pages, and by the search, which finds causes and letters by these words too.

export const articleGroups = ['connection', 'answer', 'mail', 'inside'] as const
export type ArticleGroup = (typeof articleGroups)[number]

export interface Article {
  /** The error code that it is about, and its address. */
  id: string
  /** Other codes that it is about; `http-4xx` stands for every code of that hundred that has no article of its own. */
  codes?: readonly string[]
  group: ArticleGroup
  title: string
  /** What happened, in two or three sentences. */
  lead: string
  /** What to do, in this order. */
  steps: readonly string[]
  /** Did anything get out, and what would a replay do? */
  arrived: string
}
