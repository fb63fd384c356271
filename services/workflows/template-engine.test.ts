import { describe, expect, it } from 'vitest'
import type { EmailContent } from '#shared/contracts/workflow.ts'
import type { RenderContext } from './rendering.ts'
import { FieldError, parseTemplate, renderTemplate } from './template-engine.ts'

const context = (data: Record<string, unknown> = {}): RenderContext => ({
  event: { type: 'a.b' },
  data,
  recipient: { id: 'u1', attributes: { plan: 'pro' } },
  workspace: { name: 'Acme' },
})

function mail(fields: Record<string, string>, data?: Record<string, unknown>): EmailContent {
  return renderTemplate(parseTemplate({ key: 'k', channel: 'email', fields: { subject: 's', ...fields } }), context(data)) as EmailContent
}

function failure(fields: Record<string, string>, data?: Record<string, unknown>): FieldError {
  try {
    mail(fields, data)
  } catch (error) {
    if (error instanceof FieldError) return error
    throw error
  }
  throw new Error('it rendered')
}

describe('what templates can name', () => {
  it('is event, data, recipient and workspace', () => {
    expect(
      mail({ text: '{{ event.type }} {{ data.n }} {{ recipient.id }} {{ recipient.attributes.plan }} {{ workspace.name }}' }, { n: 1 })
        .text,
    ).toBe('a.b 1 u1 pro Acme')
  })

  it('is nothing that the data did not bring', () => {
    expect(mail({ text: '[{{ data.constructor.name }}{{ data.__proto__ }}{{ data.toString }}{{ nothing.at.all }}]' }).text).toBe('[]')
  })

  it('is no other template', () => {
    for (const tag of ['{% include "x" %}', '{% render "x" %}', '{% layout "x" %}', '{% block x %}{% endblock %}'])
      expect(() => parseTemplate({ key: 'k', channel: 'email', fields: { text: tag } })).toThrow(/not found/)
  })
})

describe('escaping', () => {
  const data = { x: '<b>"&\'</b>' }

  it('happens in html and nowhere else', () => {
    expect(mail({ subject: '{{ data.x }}', html: '{{ data.x }}', text: '{{ data.x }}' }, data)).toEqual({
      subject: data.x,
      html: '&lt;b&gt;&#34;&amp;&#39;&lt;/b&gt;',
      text: data.x,
    })
  })

  it('happens once, also when it is asked for', () => {
    for (const filter of ['escape', 'escape_once']) expect(mail({ html: `{{ data.x | ${filter} }}` }, { x: '<&' }).html).toBe('&lt;&amp;')
    expect(mail({ html: '{{ data.x | newline_to_br }}' }, { x: '<a>\nb' }).html).toBe('&lt;a&gt;<br>\nb')
  })

  it('is left out where the author says so', () => {
    expect(mail({ html: '{{ data.x | raw }}' }, { x: '<i>x</i>' }).html).toBe('<i>x</i>')
  })

  it('is followed by a look at the links', () => {
    expect(mail({ html: '<a href="{{ data.url }}">x</a>' }, { url: 'javascript:alert(1)' }).html).toBe('<a href="#">x</a>')
  })
})

describe('a subject', () => {
  it('is one line, whatever the data holds', () => {
    expect(mail({ subject: ' {{ data.x }} ' }, { x: 'Hello\r\nBcc: evil@example.com\u2028x\u0000y' }).subject).toBe(
      'Hello Bcc: evil@example.com x y',
    )
    expect(mail({ subject: '{{ data.x }}' }, { x: 'x'.repeat(5_000) }).subject).toHaveLength(998)
  })
})

describe('limits', () => {
  it('stop what grows without end', () => {
    expect(failure({ text: '{{ data.x | replace: "a", data.x }}' }, { x: 'a'.repeat(100_000) }).code).toBe('template-too-large')
    expect(
      failure({ text: '{% assign x = "aaaaaaaaaa" %}{% for i in (1..40) %}{% assign x = x | append: x %}{% endfor %}{{ x }}' }).code,
    ).toBe('template-too-large')
    expect(failure({ text: '{{ data.x | date: "%999999999Y" }}' }, { x: '2026-01-01' }).code).toBe('template-too-large')
    expect(failure({ text: '{% for i in (1..2000) %}{{ data.x }}{% endfor %}' }, { x: 'x'.repeat(1_000) })).toMatchObject({
      code: 'template-too-large',
      field: 'text',
    })
  })

  it('stop what loops without end', () => {
    expect(failure({ html: '{% for i in (1..100000) %}{% for j in (1..100000) %}{% endfor %}{% endfor %}' })).toMatchObject({
      code: 'template-timeout',
      field: 'html',
    })
  })
})
