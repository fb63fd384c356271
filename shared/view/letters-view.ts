// What the dead letters' page says about causes and letters: pure, so that every line is tested without a browser.
import type { CauseView, LetterFilter, LetterView } from '../contracts/dead-letter.ts'
import { letterTexts } from '../texts/dead-letters.ts'
import { countOf, formatCount } from './figures.ts'
import { shortId } from './short-id.ts'

/** 'webhook, 2 endpoints'; with a plus where only the newest letters were counted. */
export function affectedLine(cause: Pick<CauseView, 'channels' | 'affected' | 'kind' | 'total'>): string {
  const { affected } = cause
  const more = cause.total > affected.of ? '+' : ''
  const count = (number: number, one: string): string => (more ? `${formatCount(number)}+ ${one}s` : countOf(number, one))
  const place = cause.channels.map((channel) => (channel === 'in-app' ? 'inbox' : channel)).join(', ') || 'fan-out'
  if (affected.endpoints > 0) return `${place}, ${count(affected.endpoints, 'endpoint')}`
  if (affected.recipients > 0) return `${place}, ${count(affected.recipients, 'recipient')}`
  return affected.workflows > 0 ? `${place}, ${count(affected.workflows, 'workflow')}` : place
}

/** '18.4 kB', '812 B'. */
export function byteText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}

/** The end of an endpoint's address: hosts repeat, paths tell them apart. */
export function pathOf(label: string): string {
  const slash = label.indexOf('/')
  return slash === -1 || slash === label.length - 1 ? label : `\u2026${label.slice(slash)}`
}

/** Whom a letter was for. */
export function targetOf(
  letter: Pick<LetterView, 'endpointId' | 'recipientId' | 'channel'>,
  endpoints: ReadonlyMap<string, string>,
): string | null {
  if (letter.endpointId !== null) return pathOf(endpoints.get(letter.endpointId) ?? shortId(letter.endpointId))
  return letter.recipientId
}

/** What a replay was made for, in words: '3 letters, chosen one by one', 'cause cau_…6d972e, channel webhook'. */
export function selectionText(filter: LetterFilter): string {
  if (filter.ids) return letterTexts.chosenByHand(filter.ids.length)
  const names: Record<string, string> = letterTexts.filterNames
  const parts = Object.entries(filter).filter(([name, part]) => name !== 'state' && part !== undefined && part !== '')
  if (parts.length === 0) return letterTexts.everyOpen
  const said = ([name, part]: [string, unknown]): string =>
    names[name]
      ? `${names[name]}${part === 'leave-out' ? '' : ` ${name === 'q' ? part : shortId(String(part))}`}`
      : `${name} ${shortId(String(part))}`
  return parts.map(said).join(', ')
}

/** Most letters first, then the last one seen. */
export function byCount(causes: readonly CauseView[]): CauseView[] {
  return [...causes].sort((one, other) => other.count - one.count || other.lastSeenAt.localeCompare(one.lastSeenAt))
}

/** The parts of a sentence: hosts stand out, as names do everywhere. */
export function markHosts(sentence: string, hosts: readonly string[]): { text: string; host: boolean }[] {
  const known = hosts.filter((host) => host !== '' && sentence.includes(host))
  if (known.length === 0) return [{ text: sentence, host: false }]
  const pattern = new RegExp(`(${known.map((host) => host.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})`)
  return sentence.split(pattern).flatMap((text) => (text === '' ? [] : [{ text, host: known.includes(text) }]))
}
