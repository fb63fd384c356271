// Templates are rendered in a thread of their own: a slow one costs its neighbours milliseconds and the event loop nothing
// (docs/decisions/0015-templates-off-the-loop.md).
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import type { Log } from '#platform/telemetry/log.ts'
import type { EmailTemplate, InAppTemplate } from '#shared/contracts/workflow.ts'
import { Fault } from '#shared/fault.ts'
import type { CheckTask, KeyedTemplate, RenderItem, RenderResult, RenderTask, TemplateProblem } from './rendering.ts'

export interface Renderer {
  /** One result per item, in order. A bad item never fails its neighbours. Fault 'dependency-unavailable' when no thread can be had: nothing is known of any item. */
  renderBatch(items: RenderItem[]): Promise<RenderResult[]>
  /** Parses only. Empty when all is well. */
  check(templates: { channel: 'email' | 'in-app'; template: EmailTemplate | InAppTemplate }[]): Promise<TemplateProblem[]>
  close(): Promise<void>
}

export interface RendererOptions {
  log: Log
  /** Default 1. */
  threads?: number
  /** false = the thread is started when it is needed and ends a minute later. */
  keepWarm?: boolean
  /** For tests of threads that hang or die. */
  threadFile?: string
}

/** An item that holds the thread this long has it killed. */
const hardStopMs = 1_000
/** Counted in looks, not by the clock: a process that was stopped for a while has looked once, and blames nobody. */
const looksEveryMs = 200
const maxLooks = hardStopMs / looksEveryMs
/** A thread that has not taken the batch by then will not. Others of ours may be before it. */
const maxLooksBeforeStart = 150
/** Kills of one template in a row, by different data and without a success between, after which it rests: then it is the template. */
const maxKills = 3
const restMs = 60_000

export function createRenderer(options: RendererOptions): Renderer {
  const { log } = options
  const keys = new WeakMap<object, KeyedTemplate>()
  /** Templates whose rendering had to be killed. */
  const kills = new Map<string, { times: number; restUntil: number }>()
  let pool = options.keepWarm === false ? undefined : openPool(options)

  function run<T>(task: RenderTask | CheckTask, signal: AbortSignal): Promise<T> {
    pool ??= openPool(options)
    return pool.run(task, { signal }) as Promise<T>
  }

  /** The same template object is hashed once. */
  function keyed(channel: 'email' | 'in-app', template: EmailTemplate | InAppTemplate): KeyedTemplate {
    let known = keys.get(template)
    if (!known) {
      const fields = Object.fromEntries(Object.entries(template).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
      known = {
        key: createHash('sha256')
          .update(JSON.stringify([channel, fields]))
          .digest('base64'),
        channel,
        fields,
      }
      keys.set(template, known)
    }
    return known
  }

  async function renderBatch(items: RenderItem[]): Promise<RenderResult[]> {
    const results: RenderResult[] = Array.from({ length: items.length })
    const places: number[] = []
    items.forEach((item, place) => {
      const known = kills.size === 0 ? undefined : kills.get(keyed(item.channel, item.template).key)
      if (!known || known.restUntil < Date.now()) places.push(place)
      else results[place] = failed(item, 'template-timeout', 'The template had to be stopped again and again and rests for a minute')
    })
    await renderPlaces(items, places, results)
    return results
  }

  async function renderPlaces(items: RenderItem[], places: number[], results: RenderResult[], alone = false): Promise<void> {
    if (places.length === 0) return
    const attempt = await tryPlaces(items, places)
    if ('results' in attempt) {
      attempt.results.forEach((result, i) => {
        const item = items[places[i]!]!
        results[places[i]!] = result
        if (kills.size > 0 && result.ok) kills.delete(keyed(item.channel, item.template).key)
      })
      return renderPlaces(items, places.slice(attempt.results.length), results)
    }
    // The thread died or was killed. It said which item it was at: that one goes alone, the others go on without it.
    if (attempt.at < 0) throw noThread(attempt.reason)
    const place = places[attempt.at]!
    const item = items[place]!
    if (alone) {
      noteKill(item, attempt.reason)
      results[place] = attempt.stuck
        ? failed(item, 'template-timeout', `The template held its thread for more than ${hardStopMs} ms`)
        : failed(item, 'template-crash', 'The template needed more than its thread may have')
      return
    }
    await renderPlaces(items, places.slice(0, attempt.at), results)
    await renderPlaces(items, [place], results, true)
    let rest = places.slice(attempt.at + 1)
    const verdict = results[place]!
    if (!verdict.ok) {
      // The same template with the same data would only kill the next thread.
      for (const other of rest)
        if (items[other]!.template === item.template && items[other]!.context.data === item.context.data)
          results[other] = failed(items[other]!, verdict.error.code, verdict.error.message)
      rest = rest.filter((other) => results[other] === undefined)
    }
    await renderPlaces(items, rest, results)
  }

  function noteKill(item: RenderItem, reason: string): void {
    const { key } = keyed(item.channel, item.template)
    const times = (kills.get(key)?.times ?? 0) + 1
    kills.set(key, { times, restUntil: times >= maxKills ? Date.now() + restMs : 0 })
    if (kills.size > 1_000) kills.delete(kills.keys().next().value!)
    log.warn({ workflow: item.workflowKey, version: item.version, step: item.stepId, times, reason }, 'a template had to be stopped')
  }

  async function tryPlaces(
    items: RenderItem[],
    places: number[],
  ): Promise<{ results: RenderResult[] } | { at: number; stuck: boolean; reason: string }> {
    const progress = new Int32Array(new SharedArrayBuffer(4)).fill(-1)
    const task: RenderTask = { kind: 'render', templates: [], items: [], progress }
    const indices = new Map<KeyedTemplate, number>()
    for (const place of places) {
      const item = items[place]!
      const template = keyed(item.channel, item.template)
      let index = indices.get(template)
      if (index === undefined) {
        index = task.templates.push(template) - 1
        indices.set(template, index)
      }
      task.items.push({ template: index, where: whereOf(item), context: item.context })
    }
    const watch = watchProgress(progress)
    try {
      return { results: await run<RenderResult[]>(task, watch.signal) }
    } catch (error) {
      return { at: Atomics.load(progress, 0), stuck: watch.signal.aborted, reason: (error as Error).message }
    } finally {
      watch.stop()
    }
  }

  return {
    renderBatch,
    async check(templates) {
      const fields = templates.map(({ channel, template }) => keyed(channel, template))
      try {
        return await run<TemplateProblem[]>({ kind: 'check', templates: fields }, AbortSignal.timeout(hardStopMs * 10))
      } catch (error) {
        throw noThread((error as Error).message)
      }
    },
    async close() {
      await pool?.destroy()
    },
  }
}

function failed(item: RenderItem, code: string, message: string): RenderResult {
  return { ok: false, error: { code, message, where: whereOf(item) } }
}

function noThread(reason: string): Fault {
  return new Fault('dependency-unavailable', 'Templates cannot be rendered now.', { retryAfterSeconds: 1, cause: new Error(reason) })
}

function whereOf(item: RenderItem): string {
  return `${item.workflowKey}/${item.stepId}`
}

function openPool(options: RendererOptions): Piscina {
  const threads = options.threads ?? 1
  const pool = new Piscina({
    filename: options.threadFile ?? threadFile(),
    minThreads: options.keepWarm === false ? 0 : threads,
    maxThreads: threads,
    idleTimeout: 60_000,
    concurrentTasksPerWorker: 1,
    // The thread needs nothing of the process' secrets.
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 8 },
  })
  pool.on('error', (error: Error) => options.log.warn({ error: error.message }, 'a render thread ended'))
  return pool
}

/** Aborts when the thread stays at one item, or never begins. */
function watchProgress(progress: Int32Array): { signal: AbortSignal; stop(): void } {
  const controller = new AbortController()
  let last = -1
  let looks = 0
  const timer = setInterval(() => {
    const at = Atomics.load(progress, 0)
    looks = at === last ? looks + 1 : 0
    last = at
    if (looks >= (at < 0 ? maxLooksBeforeStart : maxLooks)) controller.abort()
  }, looksEveryMs)
  return { signal: controller.signal, stop: () => clearInterval(timer) }
}

/**
 * The thread runs from source. Where this code was bundled (the API), the source lies somewhere above the bundle: every
 * installation carries it, because workers run from it.
 */
function threadFile(): string {
  const path = join('services', 'workflows', 'render-thread.ts')
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const candidate = join(folder, path)
    if (existsSync(candidate)) return candidate
    if (folder === dirname(folder)) throw new Error(`${path} is missing`)
  }
}
