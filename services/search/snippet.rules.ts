// The part of a text that shows why it was found, with the words marked as ranges: plain text, so that nothing in it can run.
import type { Snippet } from '#shared/contracts/search.ts'

const snippetLength = 200

/** Where these words stand in the text, each from the beginning of a word, as long as the word goes on. */
function marksIn(text: string, words: readonly string[]): [number, number][] {
  if (words.length === 0) return []
  const pattern = words
    .toSorted((a, b) => b.length - a.length)
    .map((word) => word.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&'))
    .join('|')
  const marks: [number, number][] = []
  for (const match of text.matchAll(new RegExp(`(?<![\\p{L}\\p{M}\\p{N}])(?:${pattern})[\\p{L}\\p{M}\\p{N}]*`, 'giu')))
    marks.push([match.index, match.index + match[0].length])
  return marks
}

/** About 200 characters of the text around most of the words; its beginning when none stands there (found by meaning). */
export function snippetOf(text: string, words: readonly string[]): Snippet {
  const marks = marksIn(text, words)
  if (marks.length === 0) return cut(text, 0, [])
  let best = 0
  let most = 0
  for (let i = 0; i < marks.length; i++) {
    const [from] = marks[i]!
    const seen = new Set(
      marks.filter(([a, b]) => a >= from && b <= from + snippetLength - 40).map(([a, b]) => text.slice(a, b).toLowerCase()),
    ).size
    if (seen > most) [best, most] = [i, seen]
  }
  return cut(text, Math.max(0, marks[best]![0] - 40), marks)
}

/** From a word's beginning near `from`, with an ellipsis where something was left out. */
function cut(text: string, from: number, marks: readonly [number, number][]): Snippet {
  let start = from === 0 ? 0 : text.indexOf(' ', from) + 1
  const first = marks.find(([, to]) => to > from)
  if (first && (start === 0 || start > first[0])) start = from === 0 ? 0 : first[0]
  let end = Math.min(text.length, start + snippetLength)
  if (end < text.length) {
    const space = text.lastIndexOf(' ', end)
    if (space > start + snippetLength / 2) end = space
    // Never half of a character.
    else if (/[\udc00-\udfff]/.test(text[end]!)) end--
  }
  const before = start > 0 ? '\u2026' : ''
  const after = end < text.length ? '\u2026' : ''
  return {
    text: before + text.slice(start, end) + after,
    marks: marks.filter(([a, b]) => a >= start && b <= end).map(([a, b]) => [a - start + before.length, b - start + before.length]),
  }
}
