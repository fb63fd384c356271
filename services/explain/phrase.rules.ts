// Words that every sentence of an explanation shares. Times are UTC, as everywhere in the console.
import { formatAge } from '#shared/view/figures.ts'
import type { DeliveryFact } from './explain-facts.ts'

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** '14:27:15 UTC'; on another day '3 Oct 14:27:15 UTC'. */
export function moment(at: Date, now: Date): string {
  const clock = `${at.toISOString().slice(11, 19)} UTC`
  if (at.toISOString().slice(0, 10) === now.toISOString().slice(0, 10)) return clock
  const day = `${at.getUTCDate()} ${months[at.getUTCMonth()]}`
  return at.getUTCFullYear() === now.getUTCFullYear() ? `${day} ${clock}` : `${day} ${at.getUTCFullYear()} ${clock}`
}

/** '12 ms', '6 m 12 s'. */
export function span(ms: number): string {
  return ms < 1_000 ? `${Math.max(0, Math.round(ms))} ms` : formatAge(ms)
}

const ordinals = ['', 'first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth', 'tenth']

export function ordinal(number: number): string {
  return ordinals[number] ?? `${number}th`
}

/** 'the email to ada@example.com', 'the webhook to hooks.example.com/in', 'the inbox message'. */
export function messageName(delivery: Pick<DeliveryFact, 'channel' | 'address' | 'endpoint'>): string {
  switch (delivery.channel) {
    case 'email':
      return delivery.address ? `the email to ${delivery.address}` : 'the email'
    case 'webhook':
      return delivery.endpoint ? `the webhook to ${delivery.endpoint.name}` : 'the webhook'
    case 'in-app':
      return 'the inbox message'
  }
}

/** An error as the end of a sentence: no full stop of its own, not longer than a line. */
export function words(error: string): string {
  const line = error
    .trim()
    .split('\n')[0]!
    .replace(/[.\s]+$/, '')
  return line.length > 160 ? `${line.slice(0, 157)}...` : line
}

/** 'A, B and C'. */
export function listOf(parts: string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
