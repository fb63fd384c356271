// The render thread's entry (piscina loads it by path). No logs, no environment, no database: templates and data in, texts out.
import type { CheckTask, KeyedTemplate, RenderResult, RenderTask, TemplateProblem } from './rendering.ts'
import { FieldError, lineOf, messageOf, parseField, parseTemplate, renderTemplate, type ParsedTemplate } from './template-engine.ts'

/** Parsed templates, the least recently used one first. */
const parsedTemplates = new Map<string, ParsedTemplate>()
const maxParsedTemplates = 500

/** Too slow so often for one event's data, and the rest of its recipients fails at once. */
const maxSlowPerData = 3
/** Too slow for so many events in a row, without a success between, and it is the template: it rests. */
const maxSlowEvents = 10
const restMs = 30_000
/** A batch ends here and is given on with what is left: its results must fit the thread's memory. */
const maxBatchCharacters = 16_000_000
const slow = new Map<string, { events: number; restUntil: number }>()

export default function handle(task: RenderTask | CheckTask): RenderResult[] | TemplateProblem[] {
  return task.kind === 'render' ? render(task) : check(task)
}

/** Results of the first items; at least one. */
function render({ templates, items, progress }: RenderTask): RenderResult[] {
  /** Of this batch: template -> data -> how often that was too slow. Items of one event share their data's object. */
  const slowHere = new Map<KeyedTemplate, Map<object, number>>()
  const results: RenderResult[] = []
  let characters = 0
  for (const [index, item] of items.entries()) {
    Atomics.store(progress, 0, index)
    const template = templates[item.template]!
    try {
      refuseSlow(template, item.context.data, slowHere)
      const content = renderTemplate(parsedOf(template), item.context)
      if (slow.size > 0) slow.delete(template.key)
      results.push({ ok: true, content })
      for (const text of Object.values(content)) characters += text?.length ?? 0
      if (characters > maxBatchCharacters) break
    } catch (error) {
      const failure = error instanceof FieldError ? error : new FieldError('', 'template-error', messageOf(error))
      if (failure.code === 'template-timeout' && failure.field !== '') noteSlow(template, item.context.data, slowHere)
      results.push({
        ok: false,
        error: {
          code: failure.code,
          message: failure.message,
          where: failure.field === '' ? item.where : `${item.where}/${failure.field}`,
        },
      })
    }
  }
  return results
}

function refuseSlow(template: KeyedTemplate, data: object, slowHere: Map<KeyedTemplate, Map<object, number>>): void {
  if ((slowHere.get(template)?.get(data) ?? 0) >= maxSlowPerData)
    throw new FieldError('', 'template-timeout', `The template was too slow for ${maxSlowPerData} other recipients of this event`)
  const known = slow.get(template.key)
  if (known && known.restUntil > performance.now())
    throw new FieldError(
      '',
      'template-timeout',
      `The template was too slow for ${maxSlowEvents} events in a row and rests for ${restMs / 1_000} s`,
    )
}

function noteSlow(template: KeyedTemplate, data: object, slowHere: Map<KeyedTemplate, Map<object, number>>): void {
  const byData = slowHere.get(template) ?? new Map<object, number>()
  slowHere.set(template, byData)
  const times = (byData.get(data) ?? 0) + 1
  byData.set(data, times)
  if (times > 1) return
  const events = (slow.get(template.key)?.events ?? 0) + 1
  slow.set(template.key, { events, restUntil: events >= maxSlowEvents ? performance.now() + restMs : 0 })
  if (slow.size > maxParsedTemplates) slow.delete(slow.keys().next().value!)
}

function parsedOf(template: KeyedTemplate): ParsedTemplate {
  let parsed = parsedTemplates.get(template.key)
  if (parsed) parsedTemplates.delete(template.key)
  else parsed = parseTemplate(template)
  parsedTemplates.set(template.key, parsed)
  if (parsedTemplates.size > maxParsedTemplates) parsedTemplates.delete(parsedTemplates.keys().next().value!)
  return parsed
}

function check({ templates }: CheckTask): TemplateProblem[] {
  return templates.flatMap((template, index) =>
    Object.entries(template.fields).flatMap(([field, source]) => {
      try {
        parseField(field, source)
        return []
      } catch (error) {
        return [{ index, field, message: messageOf(error).replace(/, line:\d+, col:\d+$/, ''), line: lineOf(error) }]
      }
    }),
  )
}
