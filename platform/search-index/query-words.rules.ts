// What a person typed, as words. The same parting as in SQL (search.words_of): everything that is not a letter or a digit parts two.

const mostWords = 16
const stopWords = new Set(
  'a an and are as at be been but by can did do does for from had has have he her his how i if in is it its me my no not of on or our she so some than that the their them then there they this to us was we were what when where which who why will with you your'.split(
    ' ',
  ),
)

/** Every word of a text, in lower case. */
export function wordsIn(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
}

/** In order, lower case, each once, at most 16. Words that say nothing are left out while others stay. */
export function wordsOf(text: string): string[] {
  const all = [...new Set(wordsIn(text))]
  const telling = all.filter((word) => !stopWords.has(word))
  return (telling.length > 0 ? telling : all).slice(0, mostWords).map((word) => word.slice(0, 64))
}

/** Letters only, and enough of them that a mistake can be told from another word. */
export function canBeMisspelt(word: string): boolean {
  return /^\p{L}{4,24}$/u.test(word)
}

/** The word, and the word with each of its letters left out: two words with one mistake between them have one of these in common. */
export function withoutOneLetter(word: string): string[] {
  return [...new Set([word, ...Array.from(word, (_, i) => word.slice(0, i) + word.slice(i + 1))])]
}

/** What a word is found by that was typed with a mistake, or not to its end (from four letters on). */
export function nearWords(word: string): string[] {
  return [...withoutOneLetter(word), ...Array.from({ length: Math.max(0, word.length - 5) }, (_, i) => word.slice(0, i + 4))]
}

/** Insertions, deletions, changes and swaps of neighbours between two words (optimal string alignment); gives up above `limit`. */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      row[j] = Math.min(row[j - 1]! + 1, last[j]! + 1, last[j - 1]! + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j]!, before[j - 2]! + 1)
    }
    if (Math.min(...row) > limit) return limit + 1
    before = last
    last = row
  }
  return last[b.length]!
}

/** Those of these words that are nearest, all as far away, at most three: one mistake in a short word, at most two in a longer one. */
export function nearestWords(word: string, candidates: readonly string[]): string[] {
  const limit = word.length <= 5 ? 1 : 2
  const near = candidates
    .map((candidate) => ({ candidate, distance: editDistance(word, candidate, limit) }))
    .filter(({ distance }) => distance > 0 && distance <= limit)
  const least = Math.min(...near.map(({ distance }) => distance))
  return near
    .filter(({ distance }) => distance === least)
    .slice(0, 3)
    .map(({ candidate }) => candidate)
}
