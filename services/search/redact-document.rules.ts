// What is found by those who may only look: documents by what is shown of them, never by what is masked in them. Pure.
import { redactText } from '#shared/redact.ts'
import type { SourceDocument } from './document.repository.ts'

export function redactDocument(document: SourceDocument): SourceDocument {
  return { ...document, title: redactText(document.title), body: redactText(document.body) }
}

const wordsIn = ({ title, body, names }: SourceDocument): Set<string> =>
  new Set(`${title} ${body} ${names}`.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu))

/** Ids of the documents in which none of the words, nor what begins with one, is masked. */
export function foundByShown(documents: readonly SourceDocument[], words: readonly string[]): Set<string> {
  const kept = documents.filter((document) => {
    const shown = wordsIn(redactDocument(document))
    const hidden = [...wordsIn(document)].filter((word) => !shown.has(word))
    return !hidden.some((word) => words.some((looked) => word.startsWith(looked)))
  })
  return new Set(kept.map(({ id }) => id))
}

/** Corrections name words of the index: only those that stand in what was found are told. */
export function shownCorrections(outcome: {
  corrected: Record<string, string[]>
  found: readonly { document: SourceDocument }[]
}): Record<string, string[]> {
  const shown = new Set(outcome.found.flatMap(({ document }) => [...wordsIn(redactDocument(document))]))
  const told = Object.entries(outcome.corrected).map(([word, others]) => [word, others.filter((other) => shown.has(other))] as const)
  return Object.fromEntries(told.filter(([, others]) => others.length > 0))
}
