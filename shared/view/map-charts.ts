// Which two charts stand in the panel of a place, by the names of GET /metrics/series.
import type { Snapshot } from '../contracts/live.ts'
import { panelTexts } from '../texts/map-panel.ts'
import type { DeclaredNode } from '../topology/types.ts'
import type { ChartSeries } from './chart.ts'
import { channelOf } from './map-links.ts'

export interface ChartPlan {
  title: string
  unit: 'rate' | 'ms' | 'age' | 'count'
  series: readonly { name: string; label: string; tone: ChartSeries['tone']; fill?: boolean }[]
  /** In the unit of the chart. */
  objective?: number
}

const { charts: texts } = panelTexts

export function chartPlans(node: DeclaredNode, snapshot: Snapshot | null): ChartPlan[] {
  const plans = plansOf(node, snapshot)
  return node.absent ? [] : plans
}

function plansOf(node: DeclaredNode, snapshot: Snapshot | null): ChartPlan[] {
  const at = node.queue && `queue.${node.queue}`
  if (node.kind === 'queue') {
    const objective = snapshot?.queues.find(({ name }) => name === node.queue)?.objectiveMs
    return [
      {
        title: texts.flow,
        unit: 'rate',
        series: [
          { name: `${at}.arrive.rate`, label: texts.arriving, tone: 'reference', fill: true },
          { name: `${at}.serve.rate`, label: texts.served, tone: 'served' },
        ],
      },
      {
        title: texts.oldest,
        unit: 'age',
        series: [{ name: `${at}.oldestMs`, label: texts.oldest, tone: 'reference', fill: true }],
        objective,
      },
    ]
  }
  if (node.kind === 'workers')
    return [
      passing(`${at}.serve`),
      { title: texts.busy, unit: 'count', series: [{ name: `${at}.busy`, label: texts.busy, tone: 'served' }] },
    ]
  if (node.kind === 'provider') return [passing(`provider.${channelOf(node)}`), taking(`provider.${channelOf(node)}`)]
  if (node.processes) return [passing(node.measures[0] as string), taking(node.measures[0] as string)]
  switch (node.id) {
    case 'postgres':
      return [passing('postgres.workers'), taking('accept.commit')]
    case 'outbox':
      return [{ title: texts.rows, unit: 'count', series: [{ name: 'outbox.rows', label: texts.rows, tone: 'served' }] }, taking('relay')]
    case 'letters':
      return [{ title: texts.died, unit: 'rate', series: [{ name: 'dead', label: texts.died, tone: 'fail' }] }]
    default:
      return [passing(node.measures[0] as string), taking(node.measures[0] as string)]
  }
}

function passing(measure: string): ChartPlan {
  const series: ChartPlan['series'] = [
    { name: `${measure}.rate`, label: texts.passingShort, tone: 'served' },
    { name: `${measure}.errors`, label: texts.failing, tone: 'fail' },
  ]
  return { title: texts.passing, unit: 'rate', series }
}

function taking(measure: string): ChartPlan {
  const series: ChartPlan['series'] = [
    { name: `${measure}.p50`, label: 'p50', tone: 'reference' },
    { name: `${measure}.p95`, label: 'p95', tone: 'served' },
  ]
  return { title: texts.took, unit: 'ms', series }
}
