// metric_sample: one row per moment and workspace; the instance's own has the workspace of zeros.
import type { Pool } from '#platform/postgres/index.ts'
import { keepsWorstSql, type Figures, type Resolution, type SampleValues } from './sample.rules.ts'

export const instanceId = '00000000-0000-0000-0000-000000000000'

export async function insertSamples(
  pool: Pool,
  resolution: Resolution,
  at: Date,
  rows: { workspaceId: string; figures: Figures }[],
): Promise<void> {
  await pool.query({
    name: 'samples-insert',
    text: `INSERT INTO metric_sample (resolution, at, workspace_id, figures)
           SELECT $1, $2, id, figures FROM unnest($3::uuid[], $4::jsonb[]) AS s(id, figures) ON CONFLICT DO NOTHING`,
    values: [resolution, at, rows.map((row) => row.workspaceId), rows.map((row) => JSON.stringify(row.figures))],
  })
}

/**
 * Makes the coarser samples of spans that are over, from the finer ones: the worst of what must not be smoothed away, the mean of the
 * rest. A workspace in which nothing happened has no row: its mean counts over all moments that the instance was looked at.
 * At most a hundred spans at once. Idempotent.
 */
export async function rollUpSamples(pool: Pool, from: Resolution, to: Resolution): Promise<number> {
  const { rowCount } = await pool.query(
    `WITH bounds AS (
       SELECT coalesce((SELECT max(at) + make_interval(secs => $2) FROM metric_sample WHERE resolution = $2 AND workspace_id = $3),
         (SELECT min(at) FROM metric_sample WHERE resolution = $1 AND workspace_id = $3)) AS since
     ), span AS (
       SELECT date_bin(make_interval(secs => $2), since, 'epoch') AS since,
         least(date_bin(make_interval(secs => $2), now() - interval '5 seconds', 'epoch'), date_bin(make_interval(secs => $2), since, 'epoch') + 100 * make_interval(secs => $2)) AS until
       FROM bounds WHERE since IS NOT NULL
     ), fine AS (
       SELECT date_bin(make_interval(secs => $2), m.at, 'epoch') AS at, m.workspace_id, m.figures
       FROM metric_sample m, span WHERE m.resolution = $1 AND m.at >= span.since AND m.at < span.until
     ), moments AS (SELECT at, count(*)::float8 AS n FROM fine WHERE workspace_id = $3 GROUP BY at),
     named AS (
       SELECT f.at, f.workspace_id, e.key, CASE WHEN ${keepsWorstSql('e.key')} THEN max(e.value::float8)
         WHEN f.workspace_id = $3 THEN avg(e.value::float8) ELSE sum(e.value::float8) / max(m.n) END AS value
       FROM fine f JOIN moments m USING (at), jsonb_each_text(f.figures) e GROUP BY 1, 2, 3
     )
     INSERT INTO metric_sample (resolution, at, workspace_id, figures)
     SELECT $2, at, workspace_id, jsonb_object_agg(key, round(value::numeric, 2)) FROM named GROUP BY at, workspace_id ON CONFLICT DO NOTHING`,
    [from, to, instanceId],
  )
  return rowCount ?? 0
}

/** Values by name, oldest first. A moment that was looked at, in which nothing happened in the workspace, is 0 there. */
export async function readSamples(
  pool: Pool,
  workspaceId: string,
  resolution: Resolution,
  span: { from: Date; to: Date },
  names: { instance: readonly string[]; workspace: readonly string[] },
): Promise<SampleValues[]> {
  const { rows } = await pool.query<{ at: Date; instance: (number | null)[]; workspace: (number | null)[] | null }>({
    name: 'samples-read',
    text: `
SELECT i.at, ARRAY(SELECT (i.figures ->> n)::float8 FROM unnest($6::text[]) WITH ORDINALITY AS x(n, place) ORDER BY place) AS instance,
  CASE WHEN w.figures IS NOT NULL THEN ARRAY(SELECT coalesce((w.figures ->> n)::float8, 0) FROM unnest($7::text[]) WITH ORDINALITY AS x(n, place) ORDER BY place) END AS workspace
FROM metric_sample i LEFT JOIN metric_sample w ON w.resolution = i.resolution AND w.at = i.at AND w.workspace_id = $2
WHERE i.resolution = $1 AND i.workspace_id = $3 AND i.at >= $4 AND i.at < $5 ORDER BY i.at`,
    values: [resolution, workspaceId, instanceId, span.from, span.to, names.instance, names.workspace],
  })
  return rows.map((row) => ({
    atMs: row.at.getTime(),
    values: [...row.instance, ...(row.workspace ?? names.workspace.map(() => 0))],
  }))
}

/** The last sample of the instance at or before a moment, and not older than twice its own length. */
export async function readSampleAt(pool: Pool, resolution: Resolution, at: Date): Promise<{ at: Date; figures: Figures } | null> {
  const { rows } = await pool.query<{ at: Date; figures: Figures }>(
    `SELECT at, figures FROM metric_sample WHERE resolution = $1 AND workspace_id = $2 AND at <= $3 AND at > $3 - make_interval(secs => $1 * 2)
     ORDER BY at DESC LIMIT 1`,
    [resolution, instanceId, at],
  )
  return rows[0] ?? null
}
