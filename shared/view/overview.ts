// What the overview says about the newest snapshot: pure, so that every sentence is tested without a browser.
import type { LiveQueue, Measure, Snapshot } from '../contracts/live.ts'
import { isSteady, neverDrainsSeconds } from '../drain.ts'
import { channelNames, faultTexts, overviewTexts } from '../texts/overview.ts'
import { carriedBy } from '../texts/providers.ts'
import { countOf, formatAge, formatCount } from './figures.ts'
import { providerPlaces } from '../topology/measures.ts'
import { isBehind, unaccountedOf } from './live-view.ts'
import type { Lamp } from './status-view.ts'

export interface OverviewFault {
  id: string
  lamp: Lamp
  /** Said first, in strong. */
  strong: string
  text: string
  /** Said last, quietly: what comes of it. */
  note?: string
  action: { label: string; to: string }
}

/** One decimal below ten, none above. */
export function formatRate(perSecond: number): string {
  return perSecond >= 99.95 || perSecond === 0 ? formatCount(Math.round(perSecond)) : perSecond.toFixed(1)
}

export function formatPercent(share: number): string {
  const percent = share * 100
  if (percent >= 99.95) return '100%'
  return `${percent >= 10 && Math.abs(percent - Math.round(percent)) < 0.05 ? Math.round(percent) : percent.toFixed(1)}%`
}

/** 'about 16 min' */
function roughly(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`
  return `${Math.round(seconds / 3_600)} h`
}

function whyBehind(queue: LiveQueue, measures: Readonly<Record<string, Measure>>): string | null {
  if (queue.workers === 0) return faultTexts.noWorker
  const channel = queue.name.replace(/^delivery-/, '')
  const attempts = measures[`provider.${channel}`]
  if (attempts && attempts.ratePerSecond > 0 && attempts.errorsPerSecond / attempts.ratePerSecond > 0.2)
    return faultTexts.attemptsFail(formatPercent(attempts.errorsPerSecond / attempts.ratePerSecond), channelNames[channel] ?? channel)
  if (queue.arrivalPerSecond !== null && queue.servicePerSecond !== null && queue.arrivalPerSecond > queue.servicePerSecond)
    return faultTexts.tooMuch(formatRate(queue.arrivalPerSecond), formatRate(queue.servicePerSecond))
  return null
}

function drainNote({ drainSeconds, arrivalPerSecond: arriving, servicePerSecond: served }: LiveQueue): string {
  if (drainSeconds < neverDrainsSeconds) return faultTexts.drains(roughly(drainSeconds))
  return served !== null && arriving !== null && isSteady({ served, arriving }) ? faultTexts.steady : faultTexts.never
}

function behindFault(queue: LiveQueue, measures: Readonly<Record<string, Measure>>): OverviewFault {
  const { strong, text } = faultTexts.behind(queue.name, formatAge(queue.oldestAgeMs), formatAge(queue.objectiveMs))
  const why = whyBehind(queue, measures)
  return {
    id: `behind ${queue.name}`,
    lamp: 'fail',
    strong,
    text: why ? `${text} ${faultTexts.because(why)}` : `${text}.`,
    note: drainNote(queue),
    action:
      queue.workers === 0
        ? { label: faultTexts.workers, to: '/workers' }
        : { label: faultTexts.lookAt(queue.name), to: `/queues/${queue.name}` },
  }
}

/** What is wrong now, worst first, one sentence and one button each. */
export function overviewFaults(snapshot: Snapshot): OverviewFault[] {
  const { workspace, queues, workers, measures, providers } = snapshot
  const { ledger } = workspace
  const faults: OverviewFault[] = []
  const lost = unaccountedOf(ledger)
  if (lost !== 0) {
    const { strong, text } = faultTexts.lost(lostWords(ledger))
    faults.push({ id: 'lost', lamp: 'fail', strong, text, action: { label: 'Show the rows', to: '/events?state=processing' } })
  }
  if (snapshot.stores.redis === null)
    faults.push({ id: 'redis', lamp: 'fail', ...faultTexts.redis, action: { label: faultTexts.openMap, to: '/map?node=redis' } })
  const behind = queues.filter(isBehind).sort((one, other) => other.oldestAgeMs / other.objectiveMs - one.oldestAgeMs / one.objectiveMs)
  faults.push(...behind.map((queue) => behindFault(queue, measures)))
  for (const worker of workers.filter(({ state }) => state === 'stuck'))
    faults.push({
      id: `stuck ${worker.id}`,
      lamp: 'warn',
      strong: faultTexts.stuck(worker.name),
      text: worker.reason,
      action: { label: faultTexts.workers, to: '/workers' },
    })
  for (const queue of queues.filter(({ state }) => state === 'paused'))
    faults.push({
      id: `paused ${queue.name}`,
      lamp: 'paused',
      strong: faultTexts.paused(queue.name),
      text: faultTexts.pausedBy(queue.pausedBy, queue.pausedReason),
      ...(queue.waiting > 0 ? { note: faultTexts.waits(formatCount(queue.waiting)) } : {}),
      action: { label: faultTexts.resume(queue.name), to: `/queues/${queue.name}?action=resume` },
    })
  for (const provider of providers.filter(({ state }) => state === 'held'))
    faults.push({
      id: `held ${provider.key}`,
      lamp: 'paused',
      strong: faultTexts.providerHeld(channelNames[provider.key] ?? provider.key),
      text: faultTexts.pausedBy(provider.heldBy, provider.heldReason),
      ...(provider.held > 0 ? { note: faultTexts.waits(formatCount(provider.held)) } : {}),
      action: {
        label: faultTexts.release(carriedBy[provider.key]),
        to: `/map?node=${providerPlaces[provider.key]}`,
      },
    })
  // What a held provider keeps is said above; the ledger counts both as one.
  if (ledger.deliveries.held > 0 && providers.every(({ state }) => state !== 'held'))
    faults.push({
      id: 'held',
      lamp: 'paused',
      ...faultTexts.held(countOf(ledger.deliveries.held, 'delivery is', 'deliveries are')),
      action: { label: faultTexts.decide, to: '/endpoints?state=disabled' },
    })
  const worst = workspace.causes[0]
  if (worst && worst.open > 0)
    faults.push({
      id: 'letters',
      lamp: 'warn',
      ...faultTexts.letters(countOf(worst.open, 'delivery is', 'deliveries are'), worst.title),
      action: { label: faultTexts.replay(formatCount(worst.open)), to: `/dead-letters?cause=${worst.id}&bar=open` },
    })
  return faults
}

/** '2 events and 1 delivery are' */
export function lostWords({ events, deliveries }: Pick<Snapshot['workspace']['ledger'], 'events' | 'deliveries'>): string {
  const parts = [
    ...(events.unaccounted ? [countOf(events.unaccounted, 'event')] : []),
    ...(deliveries.unaccounted ? [countOf(deliveries.unaccounted, 'delivery', 'deliveries')] : []),
  ]
  return `${parts.join(' and ')} ${Math.abs(unaccountedOf({ events, deliveries })) === 1 ? 'is' : 'are'}`
}

export interface ChannelRow {
  channel: string
  name: string
  provider: string
  lamp: Lamp
  delivered: string | null
  success: string | null
  failing: boolean
  p95: string | null
}

/** How each channel does at this moment: what its providers answered. */
export function channelRows(snapshot: Snapshot, stale: boolean): ChannelRow[] {
  const providers: Record<string, string> = { email: 'smtp', webhook: 'endpoints', 'in-app': 'inboxes' }
  return Object.keys(channelNames).map((channel) => {
    const measure = snapshot.measures[`provider.${channel}`]
    const base = { channel, name: channelNames[channel]!, provider: providers[channel]! }
    if (snapshot.providers.some(({ key, state }) => key === channel && state === 'held'))
      return {
        ...base,
        lamp: stale ? ('none' as const) : ('paused' as const),
        delivered: null,
        success: overviewTexts.held,
        failing: false,
        p95: null,
      }
    if (!measure || measure.ratePerSecond === 0)
      return { ...base, lamp: 'none' as const, delivered: null, success: null, failing: false, p95: null }
    const good = 1 - measure.errorsPerSecond / measure.ratePerSecond
    const lamp: Lamp = stale ? 'none' : good < 0.5 ? 'fail' : good < 0.9 ? 'warn' : 'ok'
    return {
      ...base,
      lamp,
      delivered: `${formatRate(Math.max(0, measure.ratePerSecond - measure.errorsPerSecond))}/s`,
      success: formatPercent(Math.max(0, good)),
      failing: good < 0.5,
      p95: measure.p95Ms === null ? null : measure.p95Ms < 1_000 ? `${Math.round(measure.p95Ms)} ms` : formatAge(measure.p95Ms),
    }
  })
}

export const ranges = ['15m', '60m', '6h', '24h', '7d'] as const
export type Range = (typeof ranges)[number]
const rangeSeconds: Record<Range, number> = { '15m': 900, '60m': 3_600, '6h': 21_600, '24h': 86_400, '7d': 604_800 }
const rangeStep: Record<Range, number> = { '15m': 10, '60m': 10, '6h': 60, '24h': 300, '7d': 1_800 }

/** What to ask GET /metrics/series for, ending now. */
export function seriesPeriod(range: Range, nowMs: number): { from: string; to: string; step: number } {
  return {
    from: new Date(nowMs - rangeSeconds[range] * 1_000).toISOString(),
    to: new Date(nowMs).toISOString(),
    step: rangeStep[range],
  }
}
