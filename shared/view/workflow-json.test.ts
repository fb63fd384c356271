import { expect, it } from 'vitest'
import type { WorkflowInput } from '../contracts/workflow.ts'
import { inputOf } from './workflow-form.ts'
import { differs, readDefinition, textOf } from './workflow-json.ts'

const draft: WorkflowInput = {
  name: 'Order paid',
  eventType: 'order.paid',
  critical: false,
  email: { from: 'Shop <shop@example.com>' },
  steps: [
    { id: 'mail', type: 'channel', channel: 'email', template: { subject: 'Paid', text: 'Thank you' } },
    { id: 'bell', type: 'channel', channel: 'in-app', template: { title: 'Paid' } },
  ],
}
const changed = (change: object) => readDefinition(JSON.stringify({ ...draft, ...change }))

it('goes to text and back, and says the same as the form', () => {
  const read = readDefinition(textOf({ ...draft, key: 'order-paid', draftVersion: 3 } as WorkflowInput))
  expect(read.definition).toEqual(draft)
  expect(differs(read.definition, draft)).toBe(false)
  expect(inputOf(read.form!)).toEqual(draft)
})

it('says what is no JSON, and what is no object', () => {
  expect(readDefinition('{ "name": ')).toMatchObject({ definition: null, form: null, error: expect.stringContaining('is not JSON') })
  expect(readDefinition('[]')).toMatchObject({ definition: null, error: expect.stringContaining('object') })
  expect(differs(null, draft)).toBe(true)
})

it('keeps what a form could not show: the API has to say what is wrong with it', () => {
  for (const change of [
    { colour: 'red' },
    { critical: 'yes' },
    { email: { to: 'a@b.c' } },
    { steps: [{ ...draft.steps[0], channel: 'sms' }] },
    { steps: [{ ...draft.steps[1], template: { title: 'Paid', subject: 'Paid' } }] },
    { steps: [{ ...draft.steps[1], template: { title: 7 } }] },
    { name: undefined },
  ]) {
    const read = changed(change)
    expect(read.form, JSON.stringify(change)).toBeNull()
    expect(read.definition).not.toBeNull()
    expect(differs(read.definition, draft)).toBe(true)
  }
  expect(changed({ name: 'Paid at last' }).form).toMatchObject({ name: 'Paid at last' })
})

it('knows no order of names', () => {
  const { steps, ...rest } = draft
  expect(differs({ steps, ...rest }, draft)).toBe(false)
})
