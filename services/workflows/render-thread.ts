// Runs in a worker thread: a template can spin, and the event loop must not. Answers item by item.
import { engines, liquidMessage, parseTemplate, type Engine } from './liquid.ts'
import type { RenderItem, RenderResult } from './render-types.ts'

function text(engine: Engine, source: string | undefined, context: object): string {
  return source === undefined ? '' : (engines[engine].renderSync(parseTemplate(engine, source), context) as string)
}

/** Links lead to the web or to mail; anything else (javascript:, data:, a relative path) is dropped. */
function link(url: string): string | null {
  const trimmed = url.trim()
  if (!URL.canParse(trimmed)) return null
  return ['http:', 'https:', 'mailto:'].includes(new URL(trimmed).protocol) ? trimmed : null
}

function line(value: string): string {
  // eslint-disable-next-line no-control-regex
  return value.replaceAll(/[\u0000-\u001f\u007f]+/g, ' ').trim()
}

function renderOne(item: RenderItem): RenderResult {
  const { context } = item
  try {
    if (item.channel === 'email') {
      const template = item.template as { subject: string; html?: string; text?: string }
      return {
        ok: true,
        content: {
          subject: line(text('plain', template.subject, context)).slice(0, 998),
          html: template.html === undefined ? null : text('html', template.html, context),
          text: template.text === undefined ? null : text('plain', template.text, context),
        },
      }
    }
    const template = item.template as { title: string; body?: string; url?: string }
    return {
      ok: true,
      content: { title: line(text('plain', template.title, context)), body: text('plain', template.body, context), url: template.url === undefined ? null : link(text('plain', template.url, context)) },
    }
  } catch (error) {
    return { ok: false, error: { code: 'template', message: `Step ${item.stepId} of ${item.workflowKey}: ${liquidMessage(error)}`, where: `render.${item.workflowKey}.${item.stepId}` } }
  }
}

export default function renderItems(items: RenderItem[]): RenderResult[] {
  return items.map(renderOne)
}
