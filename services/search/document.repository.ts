// Documents as they stand in the tables now. What the index holds comes from here and from nowhere else, so that the checker can
// compare the two. Only columns of the row itself: what another row's change would change cannot be kept in step.
import type { Pool } from '#platform/postgres/index.ts'
import type { DocumentKind, IndexDocument } from '#platform/search-index/index.ts'
import { articleOf, articles, articleText } from '#shared/field-guide/index.ts'
import { uuidTime } from '#shared/ids.ts'
import { fingerprintOf, plain, textOfContent, valuesOf } from './document-text.rules.ts'

/** Articles belong to nobody: everybody finds them. */
export const everybody = '00000000-0000-0000-0000-000000000000'

/** These, or a page of them by id. */
export type Selection = { ids: readonly string[] } | { after: string | null; count: number }

/** With the event that is behind it, which nobody searches for here. */
export interface SourceDocument extends IndexDocument {
  eventId: string | null
}
type Parts = Omit<SourceDocument, 'fingerprint' | 'vector' | 'eventId'>
type Row = Record<string, string | null> & { id: string }

interface Source {
  table: string
  columns: string
  /** The id column's type. */
  type: 'uuid' | 'text'
  document(row: Row): Parts
}

const filtersOf = (filters: Record<string, string | null | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(filters).filter((entry): entry is [string, string] => Boolean(entry[1])))
const namesOf = (...names: (string | null | undefined)[]): string => plain(names.filter(Boolean).join(' '))

const sources: Record<Exclude<DocumentKind, 'article'>, Source> = {
  notification: {
    table: 'notification',
    columns: 'id, event_id, subject, content, recipient_id, address, workflow_key, channel',
    type: 'uuid',
    document: (row) => ({
      id: row.id,
      title: plain(row.subject ?? ''),
      body: textOfContent(JSON.parse(row.content ?? 'null') as Record<string, unknown> | null),
      names: namesOf(row.recipient_id, row.address, row.workflow_key),
      filters: filtersOf({ channel: row.channel, recipient: row.recipient_id, workflow: row.workflow_key }),
      at: new Date(uuidTime(row.id)),
    }),
  },
  'dead-letter': {
    table: 'dead_letter',
    columns: 'id, event_id, error_code, error_message, event_type, recipient_id, workflow_key, channel, kind, cause_id',
    type: 'uuid',
    document: (row) => ({
      id: row.id,
      title: plain(row.error_message ?? ''),
      body: namesOf(row.error_code, row.event_type, row.channel),
      names: namesOf(row.recipient_id, row.workflow_key),
      filters: filtersOf({ channel: row.channel, recipient: row.recipient_id, workflow: row.workflow_key, cause: row.cause_id }),
      at: new Date(uuidTime(row.id)),
    }),
  },
  cause: {
    table: 'cause',
    columns: 'id, title, kind, error_code, extract(epoch FROM first_seen_at) * 1000 AS at',
    type: 'uuid',
    document: (row) => ({
      id: row.id,
      title: plain(row.title ?? ''),
      // What the field guide says of the code, so that other words for the same failure find it.
      body: articleOf(row.error_code ?? '')?.lead ?? '',
      names: namesOf(row.error_code, row.kind),
      filters: {},
      at: new Date(Number(row.at)),
    }),
  },
  recipient: {
    table: 'recipient',
    columns: 'id, email, phone, locale, attributes::text AS attributes, extract(epoch FROM created_at) * 1000 AS at',
    type: 'text',
    document: (row) => ({
      id: row.id,
      title: plain(row.id),
      body: valuesOf(JSON.parse(row.attributes ?? '{}')),
      names: namesOf(row.email, row.phone, row.locale),
      filters: {},
      at: new Date(Number(row.at)),
    }),
  },
}

/** By id. What is not there (any more) does not come. */
export async function readDocuments(pool: Pool, kind: DocumentKind, workspaceId: string, selection: Selection): Promise<SourceDocument[]> {
  const parts = kind === 'article' ? articlesOf(workspaceId, selection) : await readRows(pool, sources[kind], workspaceId, selection)
  return parts.map(({ eventId = null, ...document }) => ({ ...document, eventId, fingerprint: fingerprintOf(document) }))
}

async function readRows(
  pool: Pool,
  source: Source,
  workspaceId: string,
  selection: Selection,
): Promise<(Parts & { eventId?: string | null })[]> {
  const { table, columns, type } = source
  const { rows } =
    'ids' in selection
      ? await pool.query<Row>(`SELECT ${columns} FROM ${table} WHERE workspace_id = $1 AND id = ANY($2::${type}[]) ORDER BY id`, [
          workspaceId,
          selection.ids,
        ])
      : await pool.query<Row>(
          `SELECT ${columns} FROM ${table} WHERE workspace_id = $1 AND ($2::${type} IS NULL OR id > $2::${type}) ORDER BY id LIMIT $3`,
          [workspaceId, selection.after, selection.count],
        )
  return rows.map((row) => ({ ...source.document(row), eventId: row.event_id ?? null }))
}

function articlesOf(workspaceId: string, selection: Selection): (Parts & { eventId?: null })[] {
  if (workspaceId !== everybody) return []
  const sorted = articles.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const chosen =
    'ids' in selection
      ? sorted.filter(({ id }) => selection.ids.includes(id))
      : sorted.filter(({ id }) => selection.after === null || id > selection.after).slice(0, selection.count)
  return chosen.map((article) => ({
    id: article.id,
    title: article.title,
    body: articleText(article),
    names: namesOf(article.id, ...(article.codes ?? [])),
    filters: {},
    at: new Date(0),
  }))
}

/** Which of these are in the tables. */
export async function readExisting(pool: Pool, kind: DocumentKind, workspaceId: string, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  if (kind === 'article') return new Set(articlesOf(workspaceId, { ids }).map(({ id }) => id))
  const { table, type } = sources[kind]
  const { rows } = await pool.query<{ id: string }>(`SELECT id FROM ${table} WHERE workspace_id = $1 AND id = ANY($2::${type}[])`, [
    workspaceId,
    ids,
  ])
  return new Set(rows.map((row) => row.id))
}

/** Every workspace, and nobody's share for articles. */
export async function readWorkspaceIds(pool: Pool, kind: DocumentKind): Promise<string[]> {
  if (kind === 'article') return [everybody]
  const { rows } = await pool.query<{ id: string }>('SELECT id FROM workspace ORDER BY id')
  return rows.map((row) => row.id)
}

/** About how many there are, from the statistics: for the progress of a rebuild. */
export async function estimateDocuments(pool: Pool, kind: DocumentKind): Promise<number> {
  if (kind === 'article') return articles.length
  const { rows } = await pool.query<{ n: number }>(
    'SELECT greatest(0, c.reltuples)::float8 AS n FROM pg_class c WHERE c.oid = $1::regclass',
    [sources[kind].table],
  )
  return rows[0]!.n
}
