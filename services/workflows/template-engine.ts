// Liquid with everything switched off that reaches outside the data, and with limits on time, memory and size.
// Runs inside the render thread only.
import { Liquid, type Template } from 'liquidjs'
import type { EmailContent, InAppContent } from '#shared/contracts/workflow.ts'
import type { KeyedTemplate, RenderContext, RenderError } from './rendering.ts'
import { safeUrl, withSafeLinks } from './safe-links.rules.ts'

/** One field of one message may take this long; the thread's hard stop comes after it. */
export const renderLimitMs = 400
const maxTemplateCharacters = 262_144
/** Objects and characters that filters make on the way. */
const memoryLimit = 10_000_000
/** Outputs, tags and pieces of text that loops may go through. */
const templateLimit = 100_000
const maxContentCharacters = 1_048_576
/** RFC 5322, 2.1.1. */
const maxLineCharacters = 998

// They read other templates, and there are none.
const refusedTags = ['include', 'render', 'layout', 'block']

function createEngine(html: boolean): Liquid {
  const engine = new Liquid({
    templates: {},
    strictFilters: true,
    ownPropertyOnly: true,
    locale: 'en-US',
    timezoneOffset: 0,
    parseLimit: maxTemplateCharacters,
    renderLimit: renderLimitMs,
    memoryLimit,
    ...(html ? { outputEscape: 'escape' as const } : {}),
  })
  for (const tag of refusedTags) delete engine.tags[tag]
  if (html) {
    // Everything is escaped at the end; asking for it must not do it twice.
    const { escape_once: escapeOnce } = engine.filters as Record<string, (this: unknown, value: unknown) => string>
    engine.registerFilter('escape', { raw: true, handler: engine.filters.escape as (value: unknown) => string })
    engine.registerFilter('escape_once', { raw: true, handler: escapeOnce! })
    engine.registerFilter('newline_to_br', {
      raw: true,
      handler(value: unknown) {
        return escapeOnce!.call(this, value).replaceAll(/\r?\n/g, '<br>\n')
      },
    })
  }
  return engine
}

const textEngine = createEngine(false)
const htmlEngine = createEngine(true)

type Field = string | Template[]

/** A template, parsed. A field without any Liquid stays text. */
export interface ParsedTemplate {
  channel: 'email' | 'in-app'
  fields: Record<string, Field>
}

/** Throws what LiquidJS throws, with `token` and `context` when it is a matter of syntax. */
export function parseField(name: string, source: string): Field {
  if (!source.includes('{{') && !source.includes('{%')) return source
  return (name === 'html' ? htmlEngine : textEngine).parse(source)
}

export function parseTemplate(template: KeyedTemplate): ParsedTemplate {
  const fields: Record<string, Field> = {}
  for (const [name, source] of Object.entries(template.fields)) fields[name] = parseField(name, source)
  return { channel: template.channel, fields }
}

/** Throws FieldError. */
export function renderTemplate(template: ParsedTemplate, context: RenderContext): EmailContent | InAppContent {
  const field = (name: string): string | null => {
    const parsed = template.fields[name]
    return parsed === undefined ? null : renderField(name, parsed, context)
  }
  if (template.channel === 'email') {
    const html = field('html')
    return { subject: line(field('subject') ?? ''), html: html === null ? null : withSafeLinks(html), text: field('text') }
  }
  return { title: line(field('title') ?? ''), body: field('body') ?? '', url: safeUrl(field('url')) }
}

export class FieldError extends Error {
  readonly field: string
  readonly code: string
  constructor(field: string, code: string, message: string) {
    super(message)
    this.name = 'FieldError'
    this.field = field
    this.code = code
  }
}

function renderField(name: string, parsed: Field, context: RenderContext): string {
  if (typeof parsed === 'string') return parsed
  let text: string
  try {
    text = String((name === 'html' ? htmlEngine : textEngine).renderSync(parsed, context, { templateLimit })).toWellFormed()
  } catch (error) {
    throw new FieldError(name, ...judge(error))
  }
  if (text.length > maxContentCharacters)
    throw new FieldError(name, 'template-too-large', `The rendered ${name} is longer than ${maxContentCharacters} characters`)
  return text
}

function judge(error: unknown): [code: RenderError['code'], message: string] {
  const message = messageOf(error)
  if (/template render limit exceeded|render limit/i.test(message))
    return ['template-timeout', `The template took longer than ${renderLimitMs} ms or went through more than ${templateLimit} parts`]
  if (/limit exceeded|invalid (string|array) length/i.test(message)) return ['template-too-large', 'The template made more than it may']
  return ['template-error', message]
}

/** LiquidJS' first line: what is wrong and where. What follows quotes the template. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return (message.split('\n', 1)[0] ?? '').slice(0, 500)
}

/** Line of a syntax error, from 1. */
export function lineOf(error: unknown): number {
  const found = /line:(\d+)/.exec(messageOf(error))
  return found ? Number(found[1]) : 1
}

/** One line of plain text: what could start another header becomes a blank. */
function line(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim()
    .slice(0, maxLineCharacters)
    .toWellFormed()
}
