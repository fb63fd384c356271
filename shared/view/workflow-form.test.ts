import { expect, test } from 'vitest'
import type { WorkflowInput } from '../contracts/workflow.ts'
import { changesBetween, errorsOf, formOf, inputOf, newStep, sameDefinition } from './workflow-form.ts'

const definition: WorkflowInput = {
  name: 'Opened',
  eventType: 'pull_request.opened',
  critical: false,
  email: { from: 'Acme <a@example.com>' },
  steps: [
    { id: 'mail', type: 'channel', channel: 'email', template: { subject: '{{ data.title }}', text: 'Hello' } },
    { id: 'bell', type: 'channel', channel: 'in-app', template: { title: 'Hi', url: '{{ data.url }}' } },
  ],
}

test('goes into the form and comes out as it was', () => {
  expect(inputOf(formOf(definition))).toEqual(definition)
})

test('leaves out what is empty, but not what the API asks for', () => {
  const form = formOf(definition)
  form.from = ' '
  form.steps[0]!.template.subject = ''
  form.steps[1]!.template.url = ''
  expect(inputOf(form)).toMatchObject({ email: {}, steps: [{ template: { subject: '', text: 'Hello' } }, { template: { title: 'Hi' } }] })
  expect(inputOf(form).email).toEqual({})
  expect(inputOf(form).steps[1]!.template).toEqual({ title: 'Hi' })
})

test('sends only the template of the channel that is chosen, and keeps the other one', () => {
  const form = formOf(definition)
  form.steps[0]!.channel = 'in-app'
  expect(inputOf(form).steps[0]!.template).toEqual({ title: '' })
  form.steps[0]!.channel = 'email'
  expect(inputOf(form)).toEqual(definition)
})

test('a new step has an id of its own', () => {
  const { steps } = formOf(definition)
  expect(newStep(steps, 'email').id).toBe('mail-2')
  expect(newStep([...steps, newStep(steps, 'email')], 'email').id).toBe('mail-3')
})

test('definitions are the same whatever order their fields are kept in', () => {
  const { name, ...rest } = structuredClone(definition)
  expect(sameDefinition(definition, { ...rest, name })).toBe(true)
  expect(sameDefinition(definition, { ...definition, name: 'Else' })).toBe(false)
})

test('changes are told by step, not by place', () => {
  const [mail, bell] = definition.steps
  const first = { id: 'first', type: 'channel', channel: 'in-app', template: { title: 'First' } } as const
  const after = {
    ...definition,
    steps: [first, mail!, { ...bell!, template: { title: 'Ho', url: '{{ data.url }}' } } as typeof bell & object],
  }
  expect(changesBetween(definition, after).map(({ kind, path }) => [kind, path])).toEqual([
    ['changed', '/steps/bell/template/title'],
    ['added', '/steps/first'],
    ['changed', '/order'],
  ])
})

test('errors stand at their fields; what belongs to none is told apart', () => {
  const { byPath, rest } = errorsOf(formOf(definition), [
    { path: '/steps/0/template/subject', message: 'line 1: not closed' },
    { path: '/steps/0/template', message: 'must have html, text or both' },
    { path: '/steps/1/template/subject', message: 'is not known' },
    { path: '/steps', message: 'too many' },
  ])
  expect(byPath).toEqual({ '/steps/0/template/subject': 'line 1: not closed', '/steps/0/template': 'must have html, text or both' })
  expect(rest.map(({ path }) => path)).toEqual(['/steps/1/template/subject', '/steps'])
})
