// How the steps of an explanation are shown, and where their proof is.
import type { ExplainAnswer, ExplainStep, ExplainStepResult } from '../contracts/explain.ts'
import { shortId } from './short-id.ts'
import type { Lamp } from './status-view.ts'

export const chainLamps: Record<ExplainStepResult, Lamp> = { ok: 'ok', wait: 'none', warn: 'warn', stop: 'fail', info: 'none' }

export const answerLamps: Record<ExplainAnswer, Lamp> = {
  yes: 'ok',
  partly: 'warn',
  'not-yet': 'none',
  maybe: 'warn',
  no: 'fail',
  none: 'none',
}

/** The page of the row that proves a step; undefined where there is none. */
export function stepLink({ kind, id }: Pick<ExplainStep, 'kind' | 'id'>): string | undefined {
  if (id === null) return undefined
  switch (kind) {
    case 'event':
      return `/events/${id}`
    case 'workflow':
      return `/workflows/${encodeURIComponent(id)}`
    case 'recipient':
    case 'preference':
      return `/recipients/${encodeURIComponent(id)}`
    case 'delivery':
    case 'resend':
      return `/deliveries/${id}`
    case 'attempt':
      return `/deliveries/${id.split('/')[0]}`
    case 'dead-letter':
      return `/dead-letters?letter=${id}`
    case 'replay':
      return `/replays/${id}`
    case 'queue':
      return `/queues/${id}`
    case 'endpoint':
      return `/endpoints/${id}`
    case 'notification':
    case 'summary':
      return undefined
  }
}

/** 'dlv_…8b9f27', 'dlv_…8b9f27/2' for its second attempt. */
export function stepName(id: string): string {
  const [row, attempt] = /^[a-z]+_[0-9a-f]{32}\//.test(id) ? id.split('/') : [id]
  return attempt ? `${shortId(row!)}/${attempt}` : shortId(id)
}
