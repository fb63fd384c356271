// Series for charts: any names, any span, one value a step; what was not measured is null.
import { sampleAges, type Pool } from '#platform/postgres/index.ts'
import { Fault } from '#shared/fault.ts'
import type { Series, SeriesQuery } from '#shared/contracts/series.ts'
import { mostSteps, workspaceSeries } from '#shared/contracts/series.ts'
import { readSamples } from './sample.repository.ts'
import { binSamples, resolutionFor, type Resolution } from './sample.rules.ts'

const keptDays = (resolution: Resolution): number => sampleAges.find((age) => age.resolution === resolution)!.keptDays

/** Faults: invalid (a span that ends before it begins, or of more steps than a chart has pixels). */
export async function readSeries(pool: Pool, workspaceId: string, query: SeriesQuery): Promise<Series> {
  const toMs = query.to ? Date.parse(query.to) : Date.now()
  const fromMs = query.from ? Date.parse(query.from) : toMs - 3_600_000
  if (!(fromMs < toMs)) throw invalid('from', 'must be before `to`')
  const stepMs = query.step * 1_000
  const firstMs = Math.floor(fromMs / stepMs) * stepMs
  const steps = Math.ceil((toMs - firstMs) / stepMs)
  if (steps > mostSteps) throw invalid('step', `gives ${steps} values for this span; at most ${mostSteps} are answered`)
  const resolution = resolutionFor(query.step, (Date.now() - firstMs) / 1_000, keptDays)
  const isWorkspace = (name: string): boolean => (workspaceSeries as readonly string[]).includes(name)
  const names = {
    // `instance.accepted` is the whole instance's, `accepted` the workspace's own.
    instance: query.name.filter((name) => !isWorkspace(name)),
    workspace: query.name.filter(isWorkspace),
  }
  const samples = await readSamples(
    pool,
    workspaceId,
    resolution,
    { from: new Date(firstMs), to: new Date(toMs) },
    {
      ...names,
      instance: names.instance.map((name) => name.replace(/^instance\./, '')),
    },
  )
  const ordered = [...names.instance, ...names.workspace]
  const values = binSamples(samples, ordered, { fromMs: firstMs, stepMs, steps })
  return {
    from: new Date(firstMs).toISOString(),
    to: new Date(firstMs + steps * stepMs).toISOString(),
    step: query.step,
    resolution,
    series: query.name.map((name) => ({ name, values: values[ordered.indexOf(name)]! })),
  }
}

function invalid(path: string, message: string): Fault {
  return new Fault('invalid', 'The query is not valid.', { errors: [{ path, message }] })
}
