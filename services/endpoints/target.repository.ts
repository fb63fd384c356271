// Endpoints as the path needs them, with their secrets opened.
import type { Pool } from '#platform/postgres/index.ts'
import { createSealer, SealError, type Sealer } from '#platform/sealing/index.ts'

/** Where webhooks go. `headers` and `secrets` are one object for the target's life: the sender caches by identity. */
export interface EndpointTarget {
  /** UUID. */
  id: string
  url: string
  headers: Record<string, string>
  eventTypes: string[]
  /** With one, only events of the same audience. */
  audience: string | null
  /** Seconds before each retry; null = the channel's own. */
  retrySchedule: number[] | null
  state: 'enabled' | 'disabled'
  failingSince: Date | null
  /** `whsec_...`, live ones, newest first. */
  secrets: string[]
}

interface TargetRow extends Omit<EndpointTarget, 'secrets'> {
  sealed: { id: string; hex: string }[]
}

/** All endpoints of a workspace that are not deleted. A secret that does not open is left out: its endpoint dead-letters, the others go on. */
export async function loadTargets(pool: Pool, secret: string, workspaceId: string): Promise<EndpointTarget[]> {
  const { rows } = await pool.query<TargetRow>({
    name: 'endpoint-targets',
    text: `SELECT e.id, e.url, e.headers, e.event_types AS "eventTypes", e.audience, e.retry_schedule AS "retrySchedule", e.state, e.failing_since AS "failingSince",
             (SELECT coalesce(json_agg(json_build_object('id', s.id, 'hex', encode(s.sealed, 'hex')) ORDER BY s.id DESC), '[]')
              FROM endpoint_secret s WHERE s.endpoint_id = e.id AND (s.expires_at IS NULL OR s.expires_at > now())) AS sealed
           FROM endpoint e WHERE e.workspace_id = $1 AND e.deleted_at IS NULL ORDER BY e.id`,
    values: [workspaceId],
  })
  if (rows.length === 0) return []
  const sealer = createSealer(secret)
  return rows.map(({ sealed, ...target }) => ({ ...target, secrets: sealed.flatMap((row) => opened(sealer, row)) }))
}

function opened(sealer: Sealer, row: { id: string; hex: string }): string[] {
  try {
    return [sealer.open(Buffer.from(row.hex, 'hex'), row.id)]
  } catch (error) {
    if (error instanceof SealError) return []
    throw error
  }
}
