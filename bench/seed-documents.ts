// Documents to search in: words as a language has them, a few everywhere and most hardly anywhere, put into the index by SQL.
import type { Pool } from '#platform/postgres/index.ts'
import type { IndexDocument, SearchIndex } from '#platform/search-index/index.ts'
import { newUuid } from '#shared/ids.ts'

export const vocabulary = 20_000
/** Words of a document's text. */
export const wordsEach = 24

const consonants = 'bcdfghjklmnprstvwxyz'
const vowels = 'aeiou'
const syllables = [...consonants].flatMap((consonant) => [...vowels].map((vowel) => consonant + vowel))
/** It has no divisor in common with the number of all words of three syllables, so that every word is another one. */
const stride = 7_919

/** The n-th word, from 1 on: three syllables, letters alone, so that it can be misspelt, and neighbours look nothing alike. */
export function wordOf(n: number): string {
  const place = (n * stride) % 1_000_000
  return [Math.floor(place / 10_000), Math.floor(place / 100) % 100, place % 100].map((at) => syllables[at]).join('')
}

/** The n-th word is met about 1/n as often as the first: as in texts that people write. */
export const randomWord = (): string => wordOf(Math.floor(vocabulary ** Math.random()))

/** Two letters changed places. */
export const misspelt = (word: string): string => word.slice(0, 2) + word[3]! + word[2]! + word.slice(4)

const twoDaysMs = 48 * 3_600_000

/** Of one of 5,000 recipients, within two days, as the seeded notifications are. */
export function randomDocument(vector?: number[]): IndexDocument {
  const recipient = `u${Math.floor(5_000 * Math.random())}`
  return {
    id: newUuid(),
    title: `${randomWord()} ${randomWord()} ${randomWord()}`,
    body: Array.from({ length: wordsEach }, randomWord).join(' '),
    names: `${recipient} ${recipient}@example.com`,
    filters: { channel: 'email', recipient, workflow: 'bench' },
    at: new Date(Date.now() - twoDaysMs * Math.random()),
    fingerprint: 'bench',
    vector,
  }
}

/** Puts them together, as the index worker does; a refusal is a fault of the bench. */
export async function putAll(index: SearchIndex, workspaceId: string, documents: readonly IndexDocument[]): Promise<void> {
  const refused = await index.put('notification', workspaceId, documents)
  if (refused.length > 0) throw new Error(`The index refused a document: ${refused[0]!.reason}`)
}

const syllableSql = (at: string): string => `substr('${syllables.join('')}', 1 + 2 * (${at}), 2)`
const wordSql = (n: string): string =>
  ['/ 10000', '/ 100 % 100', '% 100'].map((part) => syllableSql(`(${n}) * ${stride} % 1000000 ${part}`)).join(' || ')

/** A document for every notification of a workspace, with words of its own in the text, and the vocabulary of them all. */
export async function seedDocuments(pool: Pool, workspaceId: string): Promise<void> {
  // `n.id` inside keeps the planner from making one text for all.
  await pool.query(
    `INSERT INTO search.notification_document (workspace_id, id, words, at, fingerprint)
     SELECT n.workspace_id, n.id::text,
       setweight(search.words_of(n.subject), 'A')
         || setweight(to_tsvector('simple', (
              SELECT string_agg(${wordSql('drawn')}, ' ')
              FROM (SELECT floor(power(${vocabulary}::float8, random()))::int AS drawn FROM generate_series(1, ${wordsEach}) WHERE n.id IS NOT NULL) d)), 'B')
         || setweight(search.words_of(n.recipient_id || ' ' || n.address || ' ' || n.workflow_key), 'D')
         || array_to_tsvector(ARRAY['@' || n.workspace_id, '@channel:' || n.channel, '@recipient:' || n.recipient_id, '@workflow:' || n.workflow_key]),
       to_timestamp(('x' || left(replace(n.id::text, '-', ''), 12))::bit(48)::bigint / 1000.0), 'bench'
     FROM notification n WHERE n.workspace_id = $1 ON CONFLICT DO NOTHING`,
    [workspaceId],
  )
  // In how many of them the n-th word stands follows from how it was drawn.
  await pool.query(
    `INSERT INTO search.word (workspace_id, kind, word, documents)
     SELECT $1, 'notification', ${wordSql('n')},
       greatest(1, $2 * (1 - power(1 - ln((n + 1.0) / n) / ln(${vocabulary}.0), ${wordsEach})))::int FROM generate_series(1, ${vocabulary}) n ON CONFLICT DO NOTHING`,
    [workspaceId, (await pool.query('SELECT count(*)::int AS n FROM notification WHERE workspace_id = $1', [workspaceId])).rows[0].n],
  )
  await pool.query('VACUUM ANALYZE search.notification_document')
  await pool.query('ANALYZE search.word')
}
