// How each kind of place is judged: its state with the reason, the lines it shows, its bar.
import type { LiveWorker, Measure } from '../contracts/live.ts'
import { mapTexts } from '../texts/map.ts'
import { heldSentence } from '../texts/providers.ts'
import type { DeclaredNode } from '../topology/types.ts'
import { agePosition, objectivePosition } from './age-bar.ts'
import { countOf, formatAge, formatCount } from './figures.ts'
import { formatBytes, formatRate, formatShare, formatTook, shortNumber } from './map-figures.ts'
import type { NodeView, Piece, Seen } from './map-picture.ts'
import { deadAfterMs, type Lamp } from './status-view.ts'

type Judged = Partial<NodeView> & Pick<NodeView, 'state' | 'word' | 'lines'>
const { words, reason: because } = mapTexts

const line = (text: string): Piece[] => [{ text }]
const ok = (lines: Piece[][], word: string = words.ok): Judged => ({ state: 'ok', word, lines })

export function judgeNode(node: DeclaredNode, seen: Seen): Judged {
  if (node.kind === 'queue') return judgeQueue(node, seen)
  if (node.kind === 'workers') return judgeWorkers(node, seen)
  if (node.kind === 'provider') return judgeProvider(node, seen)
  if (node.kind === 'stage') return judgeStage(node, seen)
  if (node.kind === 'client') return judgeClient(node, seen)
  if (node.processes) return judgeInstances(node, seen)
  const place =
    { postgres: judgePostgres, outbox: judgeOutbox, relay: judgeRelay, redis: judgeRedis, letters: judgeLetters }[node.id] ??
    (node.kind === 'store' ? judgeStore : undefined)
  return place ? place(node, seen) : { state: 'none', word: mapTexts.noData, lines: [line(mapTexts.noData)] }
}

/** Rates of all that passes it, together; null when none of it was ever measured. Retries and cache looks are no traffic of their own. */
function total(node: DeclaredNode, seen: Seen): Measure | null {
  const passing = node.measures.filter((id) => !id.startsWith('retries.') && !id.startsWith('cache.'))
  const known = passing.map(seen.measure).filter((one) => one !== null)
  if (known.length === 0) return null
  const sum = (of: 'ratePerSecond' | 'errorsPerSecond') => known.reduce((all, one) => all + one[of], 0)
  return {
    ratePerSecond: sum('ratePerSecond'),
    errorsPerSecond: sum('errorsPerSecond'),
    p50Ms: known[0]?.p50Ms ?? null,
    p95Ms: known[0]?.p95Ms ?? null,
  }
}

const errorShare = (measure: Measure): number =>
  measure.ratePerSecond > 0 ? Math.min(1, measure.errorsPerSecond / measure.ratePerSecond) : 0

function stateOfShare(share: number, seen: Seen): Lamp {
  if (share >= seen.limits.failErrorShare) return 'fail'
  return share >= seen.limits.warnErrorShare ? 'warn' : 'ok'
}

function judgeClient(node: DeclaredNode, seen: Seen): Judged {
  const measure = total(node, seen)
  if (!measure) return { state: 'none', word: mapTexts.noData, lines: [line(mapTexts.noData)] }
  const { p95Ms } = measure
  const lines = [line(`${formatRate(measure.ratePerSecond)} sent`)]
  if (p95Ms !== null && p95Ms > seen.limits.acceptP95Ms)
    return {
      state: 'warn',
      word: words.slow,
      reason: because.slow('The API', formatTook(p95Ms), formatTook(seen.limits.acceptP95Ms)),
      lines,
    }
  return ok(lines, measure.ratePerSecond > 0 ? words.ok : words.idle)
}

function judgeInstances(node: DeclaredNode, seen: Seen): Judged {
  const processes = seen.snapshot.workers.filter(({ name }) => node.processes?.includes(name))
  const measure = total(node, seen)
  const lines = [line(measure ? formatRate(measure.ratePerSecond) : mapTexts.noData)]
  if (processes.length === 0) return { state: 'none', word: mapTexts.noData, lines }
  return { ...worstProcess(processes, seen), lines }
}

/** The state of the process that is worst off. */
function worstProcess(processes: LiveWorker[], seen: Seen): Omit<Judged, 'lines'> {
  const at = Date.parse(seen.snapshot.at)
  for (const { name, lastSeenAt } of processes) {
    const unseenMs = at - Date.parse(lastSeenAt)
    if (unseenMs > deadAfterMs) return { state: 'fail', word: words.away, reason: because.unseen(name, formatAge(unseenMs)) }
  }
  const stuck = processes.find(({ state }) => state === 'stuck')
  if (stuck) return { state: 'fail', word: words.stuck, reason: because.stuck(stuck.name) }
  const late = processes.find(({ loopLagMs }) => loopLagMs > seen.limits.loopLagMs)
  if (late) return { state: 'warn', word: words.slow, reason: because.lag(late.name, formatTook(late.loopLagMs)) }
  if (processes.every(({ state }) => state === 'stopping')) return { state: 'paused', word: words.stopping, reason: null }
  return { state: 'ok', word: words.ok, reason: null }
}

function judgeStage(node: DeclaredNode, seen: Seen): Judged {
  const measure = total(node, seen)
  if (!measure) return { state: 'none', word: mapTexts.noData, lines: [line(mapTexts.noData)] }
  const share = errorShare(measure)
  const lines = [line(node.id === 'limits' ? `${shortNumber(measure.errorsPerSecond)}/s limited` : `${formatShare(share)} refused`)]
  const state = stateOfShare(share, seen)
  return state === 'ok'
    ? ok(lines)
    : { state: 'warn', word: words.refusing, reason: because.refused(node.title, formatShare(share)), lines }
}

function judgePostgres(node: DeclaredNode, seen: Seen): Judged {
  const { postgres } = seen.snapshot.stores
  const p95Ms = (seen.measure('accept.commit') ?? seen.measure('postgres.accept'))?.p95Ms ?? null
  const lines = [
    line(postgres.rowsPerSecond === null ? mapTexts.noData : `${formatCount(Math.round(postgres.rowsPerSecond))} rows/s`),
    ...(p95Ms !== null
      ? [line(`p95 ${formatTook(p95Ms)}`)]
      : postgres.pingMs === null
        ? []
        : [line(`ping ${formatTook(postgres.pingMs)}`)]),
  ]
  if (postgres.pingMs === null && postgres.connections === null) return { state: 'none', word: mapTexts.noData, lines }
  const limit = seen.limits.postgresP95Ms
  if (p95Ms !== null && p95Ms > limit)
    return { state: 'warn', word: words.slow, reason: because.slow('A commit', formatTook(p95Ms), formatTook(limit)), lines }
  return ok(lines)
}

function judgeOutbox(_node: DeclaredNode, seen: Seen): Judged {
  const { rows, oldestDueMs } = seen.snapshot.outbox
  const lines = [line(countOf(rows, 'row'))]
  if (oldestDueMs !== null && oldestDueMs > seen.limits.outboxAgeMs)
    return { state: 'warn', word: words.behind, reason: because.outboxOld(formatAge(oldestDueMs)), lines }
  return ok(lines)
}

function judgeRelay(_node: DeclaredNode, seen: Seen): Judged {
  const relays = seen.snapshot.workers.filter(({ roles }) => roles.includes('relay'))
  const { oldestDueMs } = seen.snapshot.outbox
  const lines = [line(oldestDueMs === null ? 'nothing due' : `oldest ${formatAge(oldestDueMs)}`)]
  const title = relays.length > 1 ? `${relays.length} relays` : 'relay'
  if (relays.length === 0) return { state: 'fail', word: words.nobody, reason: because.noRelay, lines }
  return { title, ...worstProcess(relays, seen), lines }
}

function judgeRedis(_node: DeclaredNode, seen: Seen): Judged {
  const { redis } = seen.snapshot.stores
  if (!redis && seen.past) return { state: 'none', word: mapTexts.noData, lines: [line(mapTexts.noData)] }
  if (!redis) return { state: 'fail', word: words.away, reason: because.redisAway, lines: [line(words.away)] }
  const used = redis.maxBytes
    ? `${formatCount(Math.round(redis.usedBytes / 1e6))} of ${formatCount(Math.round(redis.maxBytes / 1e6))} MB`
    : `${formatBytes(redis.usedBytes)} used`
  const share = redis.maxBytes ? redis.usedBytes / redis.maxBytes : 0
  if (share > seen.limits.redisShare)
    return { state: 'warn', word: words.filling, reason: because.redisFull(formatShare(share)), lines: [line(used)] }
  return ok([line(used)])
}

/** A store that is known by what is asked of it: files, and the search. */
function judgeStore(node: DeclaredNode, seen: Seen): Judged {
  const measure = total(node, seen)
  if (!measure) return { state: 'none', word: mapTexts.noData, lines: [line(mapTexts.noData)] }
  const share = errorShare(measure)
  const state = stateOfShare(share, seen)
  const { p95Ms } = measure
  const lines = [
    line(formatRate(measure.ratePerSecond)),
    ...(state !== 'ok'
      ? [[{ text: `${formatShare(share)} fail`, strong: true }]]
      : p95Ms === null
        ? []
        : [line(`p95 ${formatTook(p95Ms)}`)]),
  ]
  if (state !== 'ok') return { state, word: words.failing, reason: because.unanswered(node.title, formatShare(share)), lines }
  return ok(lines, measure.ratePerSecond > 0 ? words.ok : words.idle)
}

function judgeQueue(node: DeclaredNode, seen: Seen): Judged {
  const queue = seen.snapshot.queues.find(({ name }) => name === node.queue)
  if (!queue) return { state: 'none', word: mapTexts.noData, lines: [line(mapTexts.noData)] }
  const { oldestAgeMs, objectiveMs, waiting } = queue
  const behind = oldestAgeMs > objectiveMs
  const lines = [[{ text: formatAge(oldestAgeMs), strong: behind }, { text: ` of ${formatWhole(objectiveMs)}` }]]
  const bar = (state: Lamp) => ({ value: agePosition(oldestAgeMs, objectiveMs), tick: objectivePosition, state })
  if (queue.state === 'paused')
    return {
      state: 'paused',
      word: words.paused,
      reason: because.paused(queue.name, queue.pausedBy, queue.pausedReason),
      lines,
      bar: bar(behind ? 'fail' : 'paused'),
    }
  if (behind)
    return {
      state: 'fail',
      word: words.behind,
      reason: because.behind(formatAge(oldestAgeMs), formatWhole(objectiveMs)),
      lines,
      bar: bar('fail'),
    }
  if (waiting > 0 && queue.workers === 0)
    return { state: 'fail', word: words.nobody, reason: because.noWorkers(queue.name), lines, bar: bar('fail') }
  return { ...ok(lines, mapTexts.well), bar: bar('ok') }
}

/** An objective without needless decimals: '2 s', '30 s', '10 m'. */
export function formatWhole(ms: number): string {
  if (ms < 60_000) return `${Number((ms / 1_000).toFixed(1))} s`
  return ms % 60_000 === 0 && ms < 3_600_000 ? `${ms / 60_000} m` : formatAge(ms)
}

function judgeWorkers(node: DeclaredNode, seen: Seen): Judged {
  const queue = seen.snapshot.queues.find(({ name }) => name === node.queue)
  if (!queue) return { state: 'none', word: mapTexts.noData, lines: [line(mapTexts.noData)] }
  const { workers: count, concurrency: slots, busySlots: busy, waiting } = queue
  const title = countOf(count, 'worker')
  const processes = seen.snapshot.workers.filter(({ concurrency }) => node.queue && concurrency[node.queue] !== undefined)
  const lines = [line(busy === null ? `${formatCount(slots)} slots` : `${formatCount(busy)} of ${formatCount(slots)}`)]
  const full = busy !== null && slots > 0 && busy >= slots
  const bar =
    busy === null || slots === 0
      ? null
      : { value: Math.min(1, busy / slots), tick: null, state: (full && waiting > 0 ? 'warn' : 'ok') as Lamp }
  if (count === 0) return { title, state: 'fail', word: words.nobody, reason: because.noWorkers(queue.name), lines, bar }
  if (full && waiting > 0) return { title, state: 'warn', word: words.full, reason: because.full(busy, slots), lines, bar }
  return { title, ...(processes.length ? worstProcess(processes, seen) : { state: 'ok' as Lamp, word: words.ok }), lines, bar }
}

/** Somebody stopped it: that says more than how it did until then. */
function heldProvider(node: DeclaredNode, seen: Seen, title: string, measure: Measure | null): Judged | null {
  const provider = seen.snapshot.providers.find(({ key }) => key === node.channel)
  if (provider?.state !== 'held') return null
  return {
    title,
    state: 'paused',
    word: words.held,
    reason: heldSentence(provider.key, provider.heldBy, provider.heldReason),
    lines: [line(`${formatCount(provider.held)} held`), line(measure ? formatRate(measure.ratePerSecond) : mapTexts.noData)],
  }
}

function judgeProvider(node: DeclaredNode, seen: Seen): Judged {
  const title = node.id === 'mail' && seen.mailCatcher ? 'Mailbox' : node.title
  const measure = total(node, seen)
  const held = heldProvider(node, seen, title, measure)
  if (held) return held
  if (!measure) return { title, state: 'none', word: mapTexts.noData, lines: [line(mapTexts.noData)] }
  const share = errorShare(measure)
  const state = stateOfShare(share, seen)
  const failing = state !== 'ok'
  const second = failing
    ? [{ text: `${formatShare(share)} fail`, strong: true }]
    : line(node.channel === 'in-app' ? 'no gaps' : `${formatShare(share)} fail`)
  const lines = [line(formatRate(measure.ratePerSecond)), second]
  if (failing) return { title, state, word: words.failing, reason: because.errors(title, formatShare(share)), lines }
  const { p95Ms } = measure
  if (p95Ms !== null && p95Ms > seen.limits.providerP95Ms)
    return {
      title,
      state: 'warn',
      word: words.slow,
      reason: because.slow(title, formatTook(p95Ms), formatTook(seen.limits.providerP95Ms)),
      lines,
    }
  return { title, ...ok(lines, measure.ratePerSecond > 0 ? words.ok : words.idle) }
}

function judgeLetters(_node: DeclaredNode, seen: Seen): Judged {
  if (seen.past) return { state: 'none', word: mapTexts.noData, lines: [line(mapTexts.noData)] }
  const { openLetters, causes } = seen.snapshot.workspace
  const kinds = causes.length < 5 ? countOf(causes.length, 'cause') : '5 or more causes'
  if (openLetters === 0) return ok([line('none open')])
  return {
    state: 'warn',
    word: words.open,
    reason: because.letters(openLetters),
    lines: [line(`${formatCount(openLetters)} open, ${kinds}`)],
  }
}
