// GET /live/history: what was not well and what people changed over a span, and the picture of one moment in it.
import { sampleAges, type Pool } from '#platform/postgres/index.ts'
import type { Measure, NodeState } from '#shared/contracts/live.ts'
import type { HistoryQuery, LiveHistory } from '#shared/contracts/topology.ts'
import { Fault } from '#shared/fault.ts'
import { queueNames, type QueueName } from '#shared/jobs/queues.ts'
import { arriveMeasure, serveMeasure } from '#shared/topology/measures.ts'
import { defaultObjectivesMs } from '#shared/topology/thresholds.ts'
import { readIncidents, readMarkers, type IncidentRow } from './incident.repository.ts'
import { readSampleAt } from './sample.repository.ts'
import { resolutions, type Figures } from './sample.rules.ts'

const defaultSpanMs = 4 * 3_600_000
const most = 500

/** Faults: invalid (a span that ends before it begins). */
export async function readHistory(pool: Pool, workspaceId: string, query: HistoryQuery): Promise<LiveHistory> {
  const to = query.to ? new Date(query.to) : new Date()
  const from = query.from ? new Date(query.from) : new Date(to.getTime() - defaultSpanMs)
  if (!(from < to)) throw new Fault('invalid', 'The query is not valid.', { errors: [{ path: 'from', message: 'must be before `to`' }] })
  const [incidents, markers, picture] = await Promise.all([
    readIncidents(pool, { from, to }, most),
    readMarkers(workspaceId, pool, { from, to }, most),
    query.at ? readPicture(pool, new Date(query.at)) : null,
  ])
  return {
    from: from.toISOString(),
    to: to.toISOString(),
    incidents: incidents.map((row) => ({ ...row, beganAt: row.beganAt.toISOString(), endedAt: row.endedAt?.toISOString() ?? null })),
    markers: markers.map(({ id, at, action, subjectKind, subjectId, by, reason }) => ({
      id: String(id),
      at: at.toISOString(),
      action,
      subject: { kind: subjectKind, id: subjectId },
      by,
      reason,
    })),
    picture,
  }
}

/** From the finest samples that are still kept of that time. */
async function readPicture(pool: Pool, at: Date): Promise<LiveHistory['picture']> {
  const ageDays = (Date.now() - at.getTime()) / 86_400_000
  for (const resolution of resolutions) {
    if (ageDays > sampleAges.find((age) => age.resolution === resolution)!.keptDays) continue
    const sample = await readSampleAt(pool, resolution, at)
    if (!sample) continue
    const past = await readIncidents(pool, { from: at, to: new Date(at.getTime() + 1) }, most)
    const measures = measuresOf(sample.figures)
    return {
      at: sample.at.toISOString(),
      resolution,
      measures,
      queues: queueNames.flatMap((name) => pastQueue(name, sample.figures, measures)),
      states: Object.fromEntries(past.map((row) => [row.nodeId, stateThen(row)])),
      figures: sample.figures,
    }
  }
  return null
}

function stateThen(row: IncidentRow): NodeState {
  return { state: row.state, reason: row.reason, since: row.beganAt.toISOString() }
}

function measuresOf(figures: Figures): Record<string, Measure> {
  const measures: Record<string, Measure> = {}
  for (const [name, rate] of Object.entries(figures)) {
    if (!name.endsWith('.rate')) continue
    const id = name.slice(0, -'.rate'.length)
    measures[id] = {
      ratePerSecond: rate,
      errorsPerSecond: figures[`${id}.errors`] ?? 0,
      p50Ms: figures[`${id}.p50`] ?? null,
      p95Ms: figures[`${id}.p95`] ?? null,
    }
  }
  return measures
}

function pastQueue(
  name: QueueName,
  figures: Figures,
  measures: Readonly<Record<string, Measure>>,
): NonNullable<LiveHistory['picture']>['queues'] {
  const figure = (of: string): number | undefined => figures[`queue.${name}.${of}`]
  if (figure('waiting') === undefined) return []
  const whole = (of: string): number => Math.round(figure(of) ?? 0)
  return [
    {
      name,
      state: figure('paused') ? 'paused' : 'running',
      waiting: whole('waiting'),
      active: whole('active'),
      delayed: whole('delayed'),
      oldestAgeMs: whole('oldestMs'),
      objectiveMs: Math.max(1, whole('objectiveMs') || defaultObjectivesMs[name]),
      busySlots: figure('busy') === undefined ? null : whole('busy'),
      workers: whole('workers'),
      concurrency: whole('concurrency'),
      arrivalPerSecond: measures[arriveMeasure(name)]?.ratePerSecond ?? null,
      servicePerSecond: measures[serveMeasure(name)]?.ratePerSecond ?? null,
    },
  ]
}
