import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { afterEach, describe, expect, it } from 'vitest'
import { createRenderer, type Renderer, type RendererOptions } from './create-renderer.ts'
import renderInThread from './render-thread.ts'
import type { RenderItem, RenderResult } from './rendering.ts'

let renderer: Renderer

function open(options: Partial<RendererOptions> = {}): Renderer {
  renderer = createRenderer({ log: pino({ level: 'silent' }), ...options })
  return renderer
}

afterEach(() => renderer.close())

const hello = { subject: 'Hello {{ recipient.id }}', html: '<p>{{ data.title }}</p>', text: '{{ data.title }}' }

function mail(
  recipientId: string,
  template: { subject: string; html?: string; text?: string } = hello,
  data: Record<string, unknown> = { title: 'A & B' },
): RenderItem {
  return {
    workflowKey: 'welcome',
    version: 1,
    stepId: 'mail',
    channel: 'email',
    template,
    context: { event: {}, data, recipient: { id: recipientId }, workspace: {} },
  }
}

const subjects = (results: RenderResult[]) =>
  results.map((result) => (result.ok && 'subject' in result.content ? result.content.subject : result.ok ? '?' : result.error.code))

describe('renderBatch', () => {
  it('answers in order, each item for its own channel and data', async () => {
    const bell: RenderItem = {
      ...mail('u2'),
      stepId: 'bell',
      channel: 'in-app',
      template: { title: '{{ data.title }}', url: '{{ data.url }}' },
    }
    bell.context.data = { title: 'T', url: 'https://example.com/1' }
    expect(await open().renderBatch([mail('u1'), bell])).toEqual([
      { ok: true, content: { subject: 'Hello u1', html: '<p>A &amp; B</p>', text: 'A & B' } },
      { ok: true, content: { title: 'T', body: '', url: 'https://example.com/1' } },
    ])
    expect(await renderer.renderBatch([])).toEqual([])
  })

  it('keeps an error with its own item, and says where it is', async () => {
    const [first, bad, last] = await open().renderBatch([
      mail('u1'),
      mail('u2', { subject: '{{ data.title | date: data.format }}{{ "x" | nope }}', text: 'x' }),
      mail('u3'),
    ])
    expect([first?.ok, last?.ok]).toEqual([true, true])
    expect(bad).toMatchObject({ ok: false, error: { code: 'template-error', message: expect.stringContaining('undefined filter: nope') } })
  })

  it('takes a batch whose results are large in parts', async () => {
    const large = { subject: 's', html: '{{ data.title }}'.repeat(1_000) }
    const items = Array.from({ length: 40 }, (_, i) => mail(`u${i}`, large, { title: 'x'.repeat(1_000) }))
    const part = renderInThread({
      kind: 'render',
      templates: [{ key: 'large', channel: 'email', fields: large }],
      items: items.map(({ context }) => ({ template: 0, where: 'w', context })),
      progress: new Int32Array(1),
    })
    expect(part).toHaveLength(16)
    const results = await open().renderBatch(items)
    expect(results.map((result) => result.ok && 'html' in result.content && result.content.html?.length)).toEqual(
      items.map(() => 1_000_000),
    )
  })

  const endless = {
    subject: '{% if data.slow %}{% for i in (1..100000) %}{% for j in (1..100000) %}{% endfor %}{% endfor %}{% endif %}fine',
    text: 'x',
  }

  it('ends a template that loops for ever, does not try it for every recipient of an event, and renders its neighbours', async () => {
    const data = { slow: true }
    const results = await open().renderBatch([
      mail('u1'),
      ...['a', 'b', 'c', 'd'].map((id) => mail(id, endless, data)),
      mail('u2', endless, {}),
      mail('u3'),
    ])
    expect(subjects(results)).toEqual(['Hello u1', ...Array.from({ length: 4 }, () => 'template-timeout'), 'fine', 'Hello u3'])
    expect(results[1]).toMatchObject({ error: { where: 'welcome/mail/subject' } })
    expect(results[4]).toMatchObject({ error: { message: expect.stringContaining('other recipients') } })
  })

  it('lets a template rest that is too slow for every event', async () => {
    const results = await open().renderBatch(Array.from({ length: 12 }, (_, i) => mail(`u${i}`, endless, { slow: true })))
    expect(results.map((result) => !result.ok && result.error.message.includes('rests'))).toEqual([
      ...Array.from({ length: 10 }, () => false),
      true,
      true,
    ])
  })
})

describe('a thread that hangs or dies', () => {
  const threadFile = fileURLToPath(new URL('../../tests/support/programs/hanging-render-thread.ts', import.meta.url))
  const other = { subject: 'another template', text: 'x' }

  it('is replaced; only what has the same template and data fails', async () => {
    const hanging = { hang: true }
    const results = await open({ threadFile }).renderBatch([
      mail('u1', other),
      mail('u2', hello, hanging),
      mail('u3', hello, hanging),
      mail('u4', hello),
    ])
    expect(subjects(results)).toEqual(['u1', 'template-timeout', 'template-timeout', 'u4'])
  })

  it('is not given a template that killed it three times in a row', async () => {
    const bad = () => mail('u1', hello, { exit: true })
    expect(subjects(await open({ threadFile }).renderBatch([bad(), bad(), bad()]))).toEqual([
      'template-crash',
      'template-crash',
      'template-crash',
    ])
    expect(subjects(await renderer.renderBatch([mail('u2'), mail('u3', other)]))).toEqual(['template-timeout', 'u3'])
  })

  it('is replaced when it dies', async () => {
    const results = await open({ threadFile }).renderBatch([mail('u1', other), mail('u2', hello, { exit: true }), mail('u3', other)])
    expect(subjects(results)).toEqual(['u1', 'template-crash', 'u3'])
  })

  it('fails nobody in a batch that is long as a whole', async () => {
    const items = Array.from({ length: 12 }, (_, i) => mail(`u${i}`, other, { waitMs: 150 }))
    expect(subjects(await open({ threadFile }).renderBatch(items))).toEqual(items.map((_, i) => `u${i}`))
  })

  it('lets batches that wait behind it go on', async () => {
    open({ threadFile })
    const [bad, good] = await Promise.all([
      renderer.renderBatch([mail('u1', hello, { hang: true })]),
      renderer.renderBatch([mail('u2', other)]),
    ])
    expect(subjects(bad)).toEqual(['template-timeout'])
    expect(subjects(good)).toEqual(['u2'])
  })

  it('blames no item when no thread can be had', async () => {
    await expect(open({ threadFile: '/nowhere/thread.ts' }).renderBatch([mail('u1')])).rejects.toMatchObject({
      code: 'dependency-unavailable',
    })
  })
})

describe('check', () => {
  it('names each template and field that cannot be read, with its line', async () => {
    const problems = await open({ keepWarm: false }).check([
      { channel: 'email', template: hello },
      { channel: 'email', template: { subject: 'one\n{{ x', html: '{% include "secrets" %}', text: '{{ x | nope }}' } },
    ])
    expect(problems.map(({ index, field, line }) => [index, field, line])).toEqual([
      [1, 'subject', 2],
      [1, 'html', 1],
      [1, 'text', 1],
    ])
  })
})
