// The render thread's entry (piscina loads it by path). No logs, no environment, no database: templates and data in, texts out.
import type { CheckTask, KeyedTemplate, RenderResult, RenderTask, TemplateProblem } from './rendering.ts'
import { FieldError, lineOf, messageOf, parseField, parseTemplate, renderTemplate, type ParsedTemplate } from './template-engine.ts'

/** Parsed templates, the least recently used one first. */
const parsedTemplates = new Map<string, ParsedTemplate>()
const maxParsedTemplates = 500

/** Templates that were too slow: after some of them in a row the rest fails at once, so that one of them cannot hold up the others. */
const slow = new Map<string, { times: number; until: number }>()
const maxSlowTimes = 3
const slowPauseMs = 30_000

export default function handle(task: RenderTask | CheckTask): RenderResult[] | TemplateProblem[] {
  return task.kind === 'render' ? render(task) : check(task)
}

function render({ templates, items, progress }: RenderTask): RenderResult[] {
  return items.map((item, index) => {
    Atomics.store(progress, 0, index)
    const template = templates[item.template]!
    const blocked = slow.get(template.key)
    try {
      if (blocked && blocked.times >= maxSlowTimes && blocked.until > performance.now()) {
        throw new FieldError('', 'template-timeout', `The template was too slow ${maxSlowTimes} times in a row and rests for ${slowPauseMs / 1_000} s`)
      }
      const content = renderTemplate(parsedOf(template), item.context)
      if (blocked) slow.delete(template.key)
      return { ok: true, content }
    } catch (error) {
      const failure = error instanceof FieldError ? error : new FieldError('', 'template-error', messageOf(error))
      if (failure.code === 'template-timeout' && failure.field !== '') noteSlow(template.key)
      return { ok: false, error: { code: failure.code, message: failure.message, where: failure.field === '' ? item.where : `${item.where}/${failure.field}` } }
    }
  })
}

function parsedOf(template: KeyedTemplate): ParsedTemplate {
  let parsed = parsedTemplates.get(template.key)
  if (parsed) parsedTemplates.delete(template.key)
  else parsed = parseTemplate(template)
  parsedTemplates.set(template.key, parsed)
  if (parsedTemplates.size > maxParsedTemplates) parsedTemplates.delete(parsedTemplates.keys().next().value!)
  return parsed
}

function noteSlow(key: string): void {
  const times = (slow.get(key)?.times ?? 0) + 1
  slow.set(key, { times, until: performance.now() + slowPauseMs })
  if (slow.size > maxParsedTemplates) slow.delete(slow.keys().next().value!)
}

function check({ templates }: CheckTask): TemplateProblem[] {
  return templates.flatMap((template, index) =>
    Object.entries(template.fields).flatMap(([field, source]) => {
      try {
        parseField(field, source)
        return []
      } catch (error) {
        return [{ index, field, message: messageOf(error), line: lineOf(error) }]
      }
    }),
  )
}
