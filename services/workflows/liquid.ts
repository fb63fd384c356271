// Liquid with all of its limits set, no file access, own properties only. Two engines: HTML escapes what it puts out.
import { Liquid, type Template } from 'liquidjs'

const limits = {
  ownPropertyOnly: true,
  strictFilters: true,
  // No files: every include would be looked up here.
  templates: {},
  relativeReference: false,
  dynamicPartials: false,
  parseLimit: 1_000_000,
  renderLimit: 500,
  memoryLimit: 10_000_000,
}

function createEngine(outputEscape?: 'escape'): Liquid {
  const engine = new Liquid({ ...limits, ...(outputEscape ? { outputEscape } : {}) })
  for (const tag of ['include', 'render', 'layout', 'block']) {
    delete (engine as unknown as { tags: Record<string, unknown> }).tags[tag]
  }
  return engine
}

export const engines = { html: createEngine('escape'), plain: createEngine() }
export type Engine = keyof typeof engines

const cache = new Map<string, Template[]>()
const cacheSize = 2_000

/** Parses, or answers from the cache. Throws liquidjs' ParseError. */
export function parseTemplate(engine: Engine, source: string): Template[] {
  const key = `${engine} ${source}`
  let parsed = cache.get(key)
  if (!parsed) {
    parsed = engines[engine].parse(source)
    if (cache.size >= cacheSize) cache.delete(cache.keys().next().value!)
    cache.set(key, parsed)
  }
  return parsed
}

/** The first line of a Liquid error, which says what and where, without the template's text. */
export function liquidMessage(error: unknown): string {
  return String((error as Error).message).split('\n')[0]!.slice(0, 500)
}
