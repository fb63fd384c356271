// The draft of a workflow as JSON: what the API takes, as text, and back. What it says is checked by the API alone.
import type { WorkflowInput } from '../contracts/workflow.ts'
import { sameJson, type Json } from '../json-patch.ts'
import { readData } from './test-event.ts'
import { formOf, templateFields, type WorkflowForm } from './workflow-form.ts'

/** What a draft says, without its key and versions. */
export function definitionOf({ name, eventType, critical, email, steps }: WorkflowInput): WorkflowInput {
  return { name, eventType, critical, email, steps }
}

/** In the order in which somebody reads it, whatever the database keeps. */
export function textOf(draft: WorkflowInput): string {
  const definition = definitionOf(draft)
  const steps = definition.steps.map(({ id, type, channel, template }) => {
    const texts = template as Record<string, string | undefined>
    return { id, type, channel, template: Object.fromEntries(templateFields[channel].map((name) => [name, texts[name]])) }
  })
  return JSON.stringify({ ...definition, steps }, null, 2)
}

export interface ReadDefinition {
  /** As it stands there, with whatever the API will not take; null while it is no JSON object. */
  definition: Record<string, unknown> | null
  error: string | null
  /** The same as a form; null where a form could not show all of it. */
  form: WorkflowForm | null
}

export function readDefinition(text: string): ReadDefinition {
  const { data, error } = readData(text)
  if (error !== null) return { definition: null, error, form: null }
  return { definition: data, error: null, form: isShown(data) ? formOf(data as unknown as WorkflowInput) : null }
}

/** The text says other than the draft that is there; the order of names is none. */
export function differs(definition: Record<string, unknown> | null, draft: WorkflowInput): boolean {
  return definition === null || !sameJson(definition as Json, definitionOf(draft) as unknown as Json)
}

const isText = (value: unknown): boolean => value === undefined || typeof value === 'string'
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const hasOnly = (value: Record<string, unknown>, names: readonly string[]): boolean =>
  Object.keys(value).every((name) => names.includes(name))

/** Nothing of it would be lost in a form. */
function isShown(data: Record<string, unknown>): boolean {
  const { name, eventType, critical, email, steps } = data
  return (
    hasOnly(data, ['name', 'eventType', 'critical', 'email', 'steps']) &&
    typeof name === 'string' &&
    typeof eventType === 'string' &&
    typeof critical === 'boolean' &&
    isObject(email) &&
    hasOnly(email, ['from', 'replyTo']) &&
    Object.values(email).every(isText) &&
    Array.isArray(steps) &&
    steps.every(isShownStep)
  )
}

function isShownStep(step: unknown): boolean {
  if (!isObject(step) || !hasOnly(step, ['id', 'type', 'channel', 'template'])) return false
  const { id, type, channel, template } = step
  if (typeof id !== 'string' || type !== 'channel' || (channel !== 'email' && channel !== 'in-app') || !isObject(template)) return false
  return hasOnly(template, templateFields[channel]) && Object.values(template).every(isText)
}
