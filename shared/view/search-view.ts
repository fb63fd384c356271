// What a search says of itself, and a snippet in the parts that a page renders. Pure.
import type { NotificationSearch, Snippet } from '../contracts/search.ts'
import { searchTexts as texts } from '../texts/search.ts'

/** The snippet's text in order, parts that matched among it. */
export function snippetParts({ text, marks }: Snippet): { text: string; mark: boolean }[] {
  const parts: { text: string; mark: boolean }[] = []
  let at = 0
  for (const [from, to] of marks) {
    if (from < at || to <= from || to > text.length) continue
    if (from > at) parts.push({ text: text.slice(at, from), mark: false })
    parts.push({ text: text.slice(from, to), mark: true })
    at = to
  }
  if (at < text.length) parts.push({ text: text.slice(at), mark: false })
  return parts
}

/** A lag that is worth a sentence: what was made within it may not be found yet. */
const worthSayingSeconds = 5

/** Sentences about how an answer came about. */
export function toldOf(answer: Pick<NotificationSearch, 'mode' | 'note' | 'corrected' | 'complete' | 'lag'>, count: number): string[] {
  const { mode, note, corrected, complete, lag } = answer
  return [
    ...(count > 0 ? [texts.found(count, texts.modes[mode])] : []),
    ...(note === null ? [] : [note]),
    ...Object.entries(corrected).map(([word, meant]) => texts.corrected(word, meant.join(', '))),
    ...(complete ? [] : [texts.incomplete]),
    ...(lag.seconds >= worthSayingSeconds ? [texts.lag(secondsText(lag.seconds), lag.documents)] : []),
  ]
}

function secondsText(seconds: number): string {
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`
}
