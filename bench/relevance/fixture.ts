// The judged collection: real texts, queries, and for each query how well each text answers it. What it is and is not: README.md.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { githubTexts, type RelevanceDocument } from './github-texts.ts'

export type QueryKind = (typeof queryKinds)[number]
/** words: in the words of the texts. meaning: in other words. mixed: some of both. */
export const queryKinds = ['words', 'meaning', 'mixed'] as const

export interface JudgedQuery {
  kind: QueryKind
  query: string
  /** Document id -> 1 (touches it), 2 (would be read), 3 (what was meant). Everything else is 0. */
  grades: Map<string, number>
}

interface QueryEntry {
  kind: QueryKind
  query: string
  /** Grade -> ids; `issues.* ~ Spelling` = every id with that beginning whose title or text has that word. */
  grades: Record<string, string[]>
}

function read<T>(file: string): T {
  return JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8')) as T
}

function deadLetterTexts(): RelevanceDocument[] {
  const rows = read<[id: string, channel: string, title: string, error: string][]>('dead-letters.json')
  return rows.map(([id, channel, title, text]) => ({ id, kind: 'dead-letter', title: channel ? `${channel}: ${title}` : title, text }))
}

function matching(documents: RelevanceDocument[], pattern: string): RelevanceDocument[] {
  const [id = '', word] = pattern.split(' ~ ')
  const found = documents.filter(
    (document) =>
      (id.endsWith('*') ? document.id.startsWith(id.slice(0, -1)) : document.id === id) &&
      (word === undefined || `${document.title}\n${document.text}`.includes(word)),
  )
  if (found.length === 0) throw new Error(`bench/relevance/queries.json: ${pattern} is no document`)
  return found
}

/** The whole collection. Throws when a judgement names a document that does not exist: then the package with the texts has changed. */
export function readFixture(): { documents: RelevanceDocument[]; queries: JudgedQuery[] } {
  const documents = [...githubTexts(), ...deadLetterTexts()]
  const queries = read<QueryEntry[]>('queries.json').map(({ kind, query, grades }) => {
    const graded = new Map<string, number>()
    // Lowest first: a document that two patterns name has the better grade.
    for (const grade of Object.keys(grades).map(Number).toSorted())
      for (const pattern of grades[grade]!) for (const { id } of matching(documents, pattern)) graded.set(id, grade)
    return { kind, query, grades: graded }
  })
  return { documents, queries }
}
