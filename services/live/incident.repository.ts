// Incidents, and the changes that people made beside them: what the map's scrubber shows.
import type { Pool } from '#platform/postgres/index.ts'
import type { NodeStateName } from '#shared/contracts/live.ts'
import type { IncidentChanges, OpenIncident } from './incident.rules.ts'

export async function readOpenIncidents(pool: Pool): Promise<OpenIncident[]> {
  const { rows } = await pool.query<{ id: string; nodeId: string; state: NodeStateName; reason: string; beganAt: Date }>(
    'SELECT id, node_id AS "nodeId", state, reason, began_at AS "beganAt" FROM incident WHERE ended_at IS NULL',
  )
  return rows.map(({ beganAt, ...row }) => ({ ...row, beganAtMs: beganAt.getTime(), wellSinceMs: null }))
}

export async function writeIncidents(pool: Pool, { opened, closed }: IncidentChanges): Promise<void> {
  if (closed.length > 0)
    await pool.query(
      'UPDATE incident SET ended_at = c.at FROM unnest($1::uuid[], $2::timestamptz[]) AS c(id, at) WHERE incident.id = c.id',
      [closed.map((each) => each.id), closed.map((each) => new Date(each.endedAtMs))],
    )
  if (opened.length > 0)
    await pool.query(
      `INSERT INTO incident (id, node_id, state, reason, began_at) SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])`,
      [
        opened.map((each) => each.id),
        opened.map((each) => each.nodeId),
        opened.map((each) => each.state),
        opened.map((each) => each.reason),
        opened.map((each) => new Date(each.beganAtMs)),
      ],
    )
}

/** Kept as long as the coarsest samples. */
export async function forgetOldIncidents(pool: Pool): Promise<void> {
  await pool.query("DELETE FROM incident WHERE ended_at < now() - interval '90 days'")
}

export interface IncidentRow {
  id: string
  nodeId: string
  state: NodeStateName
  reason: string
  beganAt: Date
  endedAt: Date | null
}

/** Those that touch a span, oldest first. */
export async function readIncidents(pool: Pool, span: { from: Date; to: Date }, limit: number): Promise<IncidentRow[]> {
  const { rows } = await pool.query<IncidentRow>(
    `SELECT * FROM (SELECT id, node_id AS "nodeId", state, reason, began_at AS "beganAt", ended_at AS "endedAt" FROM incident
       WHERE began_at < $2 AND coalesce(ended_at, 'infinity') >= $1 ORDER BY began_at DESC LIMIT $3) AS latest ORDER BY "beganAt", id`,
    [span.from, span.to, limit],
  )
  return rows
}

export interface MarkerRow {
  id: number
  at: Date
  action: string
  subjectKind: string
  subjectId: string
  by: string
  reason: string | null
}

/** Kinds whose changes can be seen on the map; those of the instance are everybody's. */
const changingKinds = ['queue', 'lane', 'threshold', 'provider', 'workflow', 'endpoint', 'replay', 'dead-letter']
const instanceKinds = ['queue', 'lane', 'threshold', 'provider']

/** What people changed in a span, oldest first: in this workspace, and of the instance. */
export async function readMarkers(workspaceId: string, pool: Pool, span: { from: Date; to: Date }, limit: number): Promise<MarkerRow[]> {
  const { rows } = await pool.query<MarkerRow>(
    `SELECT * FROM (SELECT id, at, action, subject_kind AS "subjectKind", subject_id AS "subjectId", actor_name AS by, reason FROM audit_entry
       WHERE at >= $2 AND at < $3 AND subject_kind = ANY ($4) AND (workspace_id = $1 OR workspace_id IS NULL OR subject_kind = ANY ($5)) ORDER BY at DESC LIMIT $6) AS latest
     ORDER BY at, id`,
    [workspaceId, span.from, span.to, changingKinds, instanceKinds, limit],
  )
  return rows
}
