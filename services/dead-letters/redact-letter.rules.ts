// Letters for people who may only look: what failed and where, without secrets and persons.
import type { DiscardView, LetterDetail, LetterView } from '#shared/contracts/dead-letter.ts'
import { mask, redactJson, redactText } from '#shared/redact.ts'

export function redactLetter<T extends LetterView>(letter: T): T {
  return {
    ...letter,
    error: { ...letter.error, message: redactText(letter.error.message) },
    eventSubject: letter.eventSubject && redactText(letter.eventSubject),
    closedReason: letter.closedReason && redactText(letter.closedReason),
  }
}

export function redactDiscard(discard: DiscardView): DiscardView {
  const { filter, reason } = discard
  return { ...discard, reason: redactText(reason), filter: filter.q === undefined ? filter : { ...filter, q: redactText(filter.q) } }
}

/** `names`: further ones that the workspace masks. */
export function redactDetail(letter: LetterDetail, names: readonly string[] = []): LetterDetail {
  const { event, content, address, override } = letter.snapshot
  return {
    ...redactLetter(letter),
    masked: true,
    causeTitle: redactText(letter.causeTitle),
    lineage: letter.lineage.map((step) => ({ ...step, causeTitle: redactText(step.causeTitle) })),
    attemptHistory: letter.attemptHistory.map((attempt) => ({ ...attempt, error: attempt.error && redactText(attempt.error) })),
    snapshot: {
      event: {
        ...event,
        data: redactJson(event.data, names),
        // A reference may carry a whole profile.
        recipients: redactJson(event.recipients, [...names, 'attributes']),
        subject: event.subject && redactText(event.subject),
      },
      // Rendered for one person: which part of it is personal, nobody can tell.
      content:
        content &&
        Object.fromEntries(Object.entries(content).map(([name, value]) => [name, typeof value === 'string' && value ? mask : value])),
      address: address && mask,
      override: redactJson(override, names),
    },
  }
}
