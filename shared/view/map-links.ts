import { panelTexts } from '../texts/map-panel.ts'
import type { DeclaredNode } from '../topology/types.ts'

/** The page that has more about a place; null where there is none. */
export function placeLink(node: DeclaredNode): { label: string; to: string } | null {
  const { links } = panelTexts
  if (node.queue && node.kind === 'queue') return { label: links.queue, to: `/queues/${node.queue}` }
  if (node.actions.includes('open-workers')) return { label: links.workers, to: '/workers' }
  if (node.actions.includes('open-endpoints')) return { label: links.endpoints, to: '/endpoints' }
  if (node.actions.includes('open-letters')) return { label: links.letters, to: '/dead-letters' }
  if (node.actions.includes('open-events')) return { label: links.events, to: '/events' }
  return null
}

/** The channel whose letters belong to a place; null = all of them. */
export function channelOf(node: DeclaredNode): string | null {
  if (node.channel) return node.channel
  return node.queue?.startsWith('delivery-') ? node.queue.slice('delivery-'.length) : null
}

/** Dead letters of a place. */
export function lettersPath(node: DeclaredNode): string {
  const channel = channelOf(node)
  return channel ? `/dead-letters?channel=${channel}` : '/dead-letters'
}
