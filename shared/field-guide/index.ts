// The door of the field guide: all articles, and the one for an error code.
import { answerArticles } from './answer-articles.ts'
import type { Article } from './article.ts'
import { connectionArticles } from './connection-articles.ts'
import { insideArticles } from './inside-articles.ts'
import { mailArticles } from './mail-articles.ts'

export { articleGroups, type Article, type ArticleGroup } from './article.ts'

/** In the order of the list of the guide, group by group. */
export const articles: readonly Article[] = [...connectionArticles, ...answerArticles, ...mailArticles, ...insideArticles]

const byCode = new Map(articles.flatMap((article) => [article.id, ...(article.codes ?? [])].map((code) => [code, article] as const)))

/** The article about an error code, or undefined: `http-422` and `smtp-421` are about the same as their neighbours. */
export function articleOf(code: string): Article | undefined {
  return byCode.get(code) ?? byCode.get(code.replace(/^(http|smtp)-(\d)\d\d$/, '$1-$2xx'))
}

/** Everything that it says, as one text: what the search indexes. */
export function articleText({ lead, steps, arrived }: Article): string {
  return [lead, ...steps, arrived].join(' ')
}
