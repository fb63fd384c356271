import type { Ledger } from '#shared/contracts/ledger.ts'

const number = (value: number): string => value.toLocaleString('en-US')

/** What became of everything, in one sentence that a person can take as an answer. */
export function ledgerSentence({ events, deliveries }: Ledger): string {
  const open = events.pending + events.scheduled
  const parts = [
    `${number(events.completed)} completed`,
    ...(events.unmatched > 0 ? [`${number(events.unmatched)} went to nobody`] : []),
    ...(events.dead > 0 ? [`${number(events.dead)} dead`] : []),
    ...(events.cancelled > 0 ? [`${number(events.cancelled)} cancelled`] : []),
    ...(open > 0 ? [`${number(open)} still to do`] : []),
  ]
  const lost = events.unaccounted + deliveries.unaccounted
  return `${number(events.accepted)} events accepted since the start of this workspace: ${parts.join(', ')}; ${number(deliveries.delivered)} of ${number(deliveries.created)} deliveries delivered. ${
    lost === 0 ? 'Nothing is unaccounted for.' : `${number(lost)} ARE UNACCOUNTED FOR.`
  }`
}
