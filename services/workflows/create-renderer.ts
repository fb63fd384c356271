// Templates are rendered off the event loop, in batches, with a hard stop: a batch that takes too long is split until the
// template that never ends stands alone, and its thread is replaced (docs/decisions/0015-templates-off-the-loop.md).
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import type { Log } from '#platform/telemetry/log.ts'
import type { RenderItem, RenderResult } from './render-types.ts'

export interface Renderer {
  /** One answer per item, in order. Never rejects: an item that fails answers with its error. */
  renderBatch(items: RenderItem[]): Promise<RenderResult[]>
  close(): Promise<void>
}

/** For one template; a batch gets a little more per item. */
const hardStopMs = 1_000
const perItemMs = 2
const maxBatch = 500

/** From source the thread's file stands here; in the server's bundle it is found from the project's folder. */
function threadFile(): string {
  const here = fileURLToPath(new URL('./render-thread.ts', import.meta.url))
  return existsSync(here) ? here : resolve(process.cwd(), 'services/workflows/render-thread.ts')
}

export function createRenderer(deps: { log: Log; threads?: number }): Renderer {
  const pool = new Piscina<RenderItem[], RenderResult[]>({
    filename: threadFile(),
    minThreads: 1,
    maxThreads: deps.threads ?? 1,
    idleTimeout: 60_000,
    concurrentTasksPerWorker: 1,
    resourceLimits: { maxOldGenerationSizeMb: 128 },
    execArgv: [],
  })
  pool.on('error', (error: Error) => deps.log.warn({ error: error.message }, 'a render thread ended and is replaced'))

  async function render(items: RenderItem[]): Promise<RenderResult[]> {
    const stop = new AbortController()
    const timer = setTimeout(() => stop.abort(), hardStopMs + perItemMs * items.length)
    try {
      return await pool.run(items, { signal: stop.signal })
    } catch (error) {
      if (items.length > 1) {
        const half = items.length >> 1
        return [...(await render(items.slice(0, half))), ...(await render(items.slice(half)))]
      }
      const item = items[0]!
      const message = stop.signal.aborted
        ? `Step ${item.stepId} of ${item.workflowKey} did not end within ${hardStopMs} ms`
        : `Step ${item.stepId} of ${item.workflowKey} could not be rendered: ${(error as Error).message}`
      return [{ ok: false, error: { code: stop.signal.aborted ? 'template-timeout' : 'template', message, where: `render.${item.workflowKey}.${item.stepId}` } }]
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    async renderBatch(items) {
      if (items.length <= maxBatch) return items.length === 0 ? [] : render(items)
      const results: RenderResult[] = []
      for (let i = 0; i < items.length; i += maxBatch) results.push(...(await render(items.slice(i, i + maxBatch))))
      return results
    },
    async close() {
      await pool.destroy()
    },
  }
}
