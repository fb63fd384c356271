// provider_hold: a row while an operator holds a provider. Of the instance, so without a workspace.
import type { Pool, PoolClient } from '#platform/postgres/index.ts'
import type { Channel } from '#shared/contracts/event.ts'

export interface ProviderRow {
  key: Channel
  heldAt: Date | null
  heldBy: string | null
  heldReason: string | null
  waiting: number
  held: number
}

/** Counted to here and no further. */
const countedTo = 100_000

/** These providers, in their order, with what waits for each and what is held. */
export async function readProviders(pool: Pool, keys: readonly Channel[]): Promise<ProviderRow[]> {
  const count = (condition: string): string =>
    `(SELECT count(*)::int FROM (SELECT FROM outbox o WHERE o.queue = 'delivery-' || n.key AND ${condition} LIMIT ${countedTo}) c)`
  const { rows } = await pool.query<ProviderRow>({
    name: 'providers-read',
    text: `SELECT n.key, h.held_at AS "heldAt", h.held_by AS "heldBy", h.reason AS "heldReason",
        ${count("NOT o.leased AND NOT o.suspect AND o.due_at < 'infinity'")} + ${count('NOT o.leased AND o.suspect')} + ${count('o.leased AND o.lease_owner IS NULL')} AS waiting,
        ${count("NOT o.leased AND NOT o.suspect AND o.due_at = 'infinity'")} AS held
      FROM unnest($1::text[]) WITH ORDINALITY AS n(key, place) LEFT JOIN provider_hold h ON h.provider = n.key ORDER BY n.place`,
    values: [keys],
  })
  return rows
}

/** False when it is held already: who did it first stays. */
export async function insertHold(client: PoolClient, key: Channel, hold: { by: string; reason: string }): Promise<boolean> {
  const { rowCount } = await client.query(
    'INSERT INTO provider_hold (provider, held_by, reason) VALUES ($1, $2, $3) ON CONFLICT (provider) DO NOTHING',
    [key, hold.by, hold.reason],
  )
  return rowCount === 1
}

/** False when nobody holds it. */
export async function deleteHold(client: PoolClient, key: Channel): Promise<boolean> {
  const { rowCount } = await client.query('DELETE FROM provider_hold WHERE provider = $1', [key])
  return rowCount === 1
}

/** Every cache of routes reads anew with the next chunk: a hold reaches all workspaces. In order, so that two of these cannot meet. */
export async function bumpEveryRevision(client: PoolClient): Promise<void> {
  await client.query(`UPDATE workspace w SET config_revision = w.config_revision + 1
    FROM (SELECT id FROM workspace ORDER BY id FOR UPDATE) locked WHERE w.id = locked.id`)
}
