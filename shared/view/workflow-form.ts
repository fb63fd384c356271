// The draft of a workflow as a form: every field a text, and back to what the API takes.
import type { WorkflowInput, WorkflowStep } from '../contracts/workflow.ts'
import { diffJson, type JsonChange } from './json-diff.ts'

/** The fields of a channel's template, in the order in which somebody reads a message. */
export const templateFields = { email: ['subject', 'html', 'text'], 'in-app': ['title', 'body', 'url'] } as const
export type TemplateChannel = keyof typeof templateFields
export type TemplateField = (typeof templateFields)[TemplateChannel][number]

export interface StepForm {
  id: string
  channel: TemplateChannel
  /** Also of the other channel: what was typed is still there after changing back. */
  template: Record<TemplateField, string>
}

export interface WorkflowForm {
  name: string
  eventType: string
  critical: boolean
  from: string
  replyTo: string
  steps: StepForm[]
}

export function formOf({ name, eventType, critical, email, steps }: WorkflowInput): WorkflowForm {
  return {
    name,
    eventType,
    critical,
    from: email.from ?? '',
    replyTo: email.replyTo ?? '',
    steps: steps.map(({ id, channel, template }) => ({ id, channel, template: { ...newTemplate(), ...template } })),
  }
}

/** What the API takes. A field that is empty is left out, unless the API asks for it: then it says so at its path. */
export function inputOf(form: WorkflowForm): WorkflowInput {
  return {
    name: form.name.trim(),
    eventType: form.eventType.trim(),
    critical: form.critical,
    email: { ...given('from', form.from.trim()), ...given('replyTo', form.replyTo.trim()) },
    steps: form.steps.map(({ id, channel, template }) => {
      const [line, ...parts] = templateFields[channel]
      return {
        id: id.trim(),
        type: 'channel',
        channel,
        template: { [line]: template[line], ...Object.assign({}, ...parts.map((part) => given(part, template[part]))) },
      } as WorkflowStep
    }),
  }
}

const given = <Name extends string>(name: Name, value: string): { [name in Name]?: string } =>
  (value === '' ? {} : { [name]: value }) as { [name in Name]?: string }

function newTemplate(): StepForm['template'] {
  return { subject: '', html: '', text: '', title: '', body: '', url: '' }
}

/** One more step, with an id that none of them has. */
export function newStep(steps: readonly StepForm[], channel: TemplateChannel): StepForm {
  const first = channel === 'email' ? 'mail' : 'bell'
  const taken = new Set(steps.map(({ id }) => id))
  let id = first
  for (let n = 2; taken.has(id); n++) id = `${first}-${n}`
  return { id, channel, template: newTemplate() }
}

/** What differs, steps met by their ids: one that is put in before others does not change them. */
export function changesBetween(before: WorkflowInput, after: WorkflowInput): JsonChange[] {
  const byId = (definition: WorkflowInput) => {
    const { steps, ...rest } = inputOf(formOf(definition))
    return { ...rest, steps: Object.fromEntries(steps.map(({ id, ...step }) => [id, step])), order: steps.map(({ id }) => id).join(', ') }
  }
  return diffJson(byId(before), byId(after))
}

/** Two definitions say the same, however their fields are ordered. */
export function sameDefinition(one: WorkflowInput, other: WorkflowInput): boolean {
  return changesBetween(one, other).length === 0
}

/** Errors of the API by the path of the form's field; `rest` = those that no field shows. */
export function errorsOf(
  form: WorkflowForm,
  errors: readonly { path: string; message: string }[],
): { byPath: Record<string, string>; rest: { path: string; message: string }[] } {
  const shown = new Set(['/name', '/eventType', '/email/from', '/email/replyTo'])
  form.steps.forEach((step, at) => {
    for (const part of ['', '/id', '/template', ...templateFields[step.channel].map((field) => `/template/${field}`)])
      shown.add(`/steps/${at}${part}`)
  })
  const byPath: Record<string, string> = {}
  const rest: { path: string; message: string }[] = []
  for (const error of errors)
    if (shown.has(error.path)) byPath[error.path] ??= error.message
    else rest.push(error)
  return { byPath, rest }
}
