// What the frame says about the newest snapshot: pure, so that every word is tested without a browser.
import type { LiveQueue, Snapshot, Stale } from '../contracts/live.ts'
import type { Ledger } from '../contracts/ledger.ts'
import { shellTexts } from '../texts/shell.ts'
import { formatAge, formatCount } from './figures.ts'
import type { Lamp } from './status-view.ts'
import { clockTime } from './times.ts'

/** Oldest work older than it should be, or nobody there to do it. A paused queue waits because a person said so. */
export function isBehind(queue: Pick<LiveQueue, 'state' | 'oldestAgeMs' | 'objectiveMs'>): boolean {
  return queue.state === 'running' && queue.oldestAgeMs > queue.objectiveMs
}

export function queueLamp(queue: Pick<LiveQueue, 'state' | 'oldestAgeMs' | 'objectiveMs' | 'workers'>, stale: boolean): Lamp {
  if (stale) return 'none'
  if (queue.state === 'paused') return 'paused'
  if (isBehind(queue)) return 'fail'
  return queue.workers === 0 ? 'warn' : 'ok'
}

export function unaccountedOf(ledger: Pick<Ledger, 'events' | 'deliveries'>): number {
  return ledger.events.unaccounted + ledger.deliveries.unaccounted
}

export interface LedgerWord {
  lamp: Lamp
  /** '0' in '0 unaccounted', or null when there is no number to say. */
  count: string | null
  word: string
}

/** The ledger lamp of the top bar. */
export function ledgerWord(snapshot: Snapshot | null, stale: boolean): LedgerWord {
  if (!snapshot) return { lamp: 'none', count: null, word: shellTexts.noData }
  const { ledger } = snapshot.workspace
  const lost = unaccountedOf(ledger)
  if (ledger.events.accepted === 0 && lost === 0) return { lamp: 'none', count: null, word: shellTexts.nothingToCount }
  return { lamp: stale ? 'none' : lost === 0 ? 'ok' : 'fail', count: formatCount(lost), word: shellTexts.unaccounted }
}

/** What the clock says about the age of the picture. */
export function ageWord(ageMs: number | null, stale: boolean): string {
  if (ageMs === null) return shellTexts.connecting
  return stale ? shellTexts.stale(formatAge(ageMs)) : shellTexts.live(formatAge(ageMs))
}

/** Why what is shown stands still, since when, and what that means; null while it is live. */
export function stillSentence(given: {
  takenAt: string | null
  stale: boolean
  connected: boolean
  reason: Stale['reason'] | null
}): string | null {
  if (!given.stale || given.takenAt === null) return null
  return shellTexts.standsStill[given.connected ? (given.reason ?? 'starting') : 'lost'](`${clockTime(given.takenAt)} UTC`)
}

export interface NavigationCount {
  text: string
  lamp?: Lamp
}

/** Counts in the navigation: only where a person must act. */
export function navigationCounts(snapshot: Snapshot | null, stale: boolean): Record<string, NavigationCount> {
  if (!snapshot) return {}
  const counts: Record<string, NavigationCount> = {}
  const behind = snapshot.queues.filter(isBehind).length
  if (behind > 0) counts.queues = { text: formatCount(behind), lamp: stale ? 'none' : 'fail' }
  const stuck = snapshot.workers.filter((worker) => worker.state === 'stuck').length
  if (stuck > 0) counts.workers = { text: formatCount(stuck), lamp: stale ? 'none' : 'warn' }
  if (snapshot.workspace.openLetters > 0) counts.letters = { text: formatCount(snapshot.workspace.openLetters) }
  return counts
}
