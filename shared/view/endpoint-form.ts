// The fields of an endpoint's form as text, and what they mean for the API.
import type { EndpointView } from '../contracts/endpoint.ts'
import { endpointTexts as texts } from '../texts/endpoints.ts'

export interface EndpointForm {
  url: string
  eventTypes: string
  description: string
  audience: string
  retrySchedule: string
}

export function formOf(endpoint: EndpointView | null): EndpointForm {
  return {
    url: endpoint?.url ?? '',
    eventTypes: endpoint?.eventTypes.join('\n') ?? '',
    description: endpoint?.description ?? '',
    audience: endpoint?.audience ?? '',
    retrySchedule: endpoint?.retrySchedule?.join(', ') ?? '',
  }
}

export interface EndpointFields {
  url: string
  eventTypes: string[]
  description: string
  audience: string | null
  retrySchedule: number[] | null
}

/** The body of the call, or the errors that need no call: by the path that the API would name. */
export function readForm(form: EndpointForm): { fields: EndpointFields; errors: Record<string, string> } {
  const schedule = form.retrySchedule.trim()
  const seconds =
    schedule === ''
      ? null
      : schedule
          .split(/[\s,]+/)
          .filter(Boolean)
          .map(Number)
  const errors: Record<string, string> = seconds?.some((one) => !Number.isFinite(one) || one < 0)
    ? { '/retrySchedule': texts.scheduleInvalid }
    : {}
  return {
    fields: {
      url: form.url.trim(),
      eventTypes: form.eventTypes.split(/[\s,]+/).filter(Boolean),
      description: form.description.trim(),
      audience: form.audience.trim() || null,
      retrySchedule: seconds,
    },
    errors,
  }
}

/** Errors of the API by field: '/eventTypes/0' belongs to '/eventTypes'. */
export function errorsByField(errors: readonly { path: string; message: string }[]): Record<string, string> {
  return Object.fromEntries(errors.map(({ path, message }) => [`/${path.replace(/^\//, '').split('/')[0]}`, message]))
}
