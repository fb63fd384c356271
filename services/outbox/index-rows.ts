// Rows of kind `index`: what has changed and is to be found by search. They never go through Redis: the index worker takes many at
// once when nothing else is to be done (docs/decisions/0035-search.md).

/**
 * A CTE `name` that writes one row for each workspace in `source`, a CTE with the columns workspace_id and id (uuid). Rows of the
 * documents that are gone name them too: the worker looks what is left.
 */
export function indexCte(name: string, kind: 'notification' | 'dead-letter', source: string): string {
  return `${name} AS (
  INSERT INTO outbox (id, kind, workspace_id, queue, lane, due_at, leased, cursor, subjects)
  SELECT gen_random_uuid(), 'index', workspace_id, 'index', workspace_id, now(), false, '${kind}', array_agg(id) FROM ${source} GROUP BY workspace_id
)`
}

/** The same for recipients, whose ids are texts. */
export function recipientIndexCte(name: string, source: string): string {
  return `${name} AS (
  INSERT INTO outbox (id, kind, workspace_id, queue, lane, due_at, leased, cursor)
  SELECT gen_random_uuid(), 'index', workspace_id, 'index', workspace_id, now(), false, 'recipient ' || json_agg(id)::text FROM ${source} GROUP BY workspace_id
)`
}
