// What differs between two texts, line by line: a template is read as lines, not as one string.

export interface DiffLine {
  kind: 'same' | 'added' | 'removed'
  text: string
}

/** Beyond it (in pairs of lines that differ) everything old is shown, then everything new. */
const maxPairs = 1_000_000

/** The longest common run of lines stays, the rest is removed or added; removed before added. */
export function diffLines(before: string, after: string): DiffLine[] {
  const old = before.split('\n')
  const now = after.split('\n')
  let start = 0
  while (start < old.length && start < now.length && old[start] === now[start]) start++
  let end = 0
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end)) end++
  const tail = end === 0 ? [] : old.slice(-end)
  return [
    ...old.slice(0, start).map(same),
    ...between(old.slice(start, old.length - end), now.slice(start, now.length - end)),
    ...tail.map(same),
  ]
}

const same = (text: string): DiffLine => ({ kind: 'same', text })

function between(old: readonly string[], now: readonly string[]): DiffLine[] {
  const removed = (text: string): DiffLine => ({ kind: 'removed', text })
  const added = (text: string): DiffLine => ({ kind: 'added', text })
  if (old.length * now.length > maxPairs) return [...old.map(removed), ...now.map(added)]
  // lengths[i][j]: of the longest common subsequence of what follows i and j.
  const width = now.length + 1
  const lengths = new Uint32Array((old.length + 1) * width)
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = now.length - 1; j >= 0; j--)
      lengths[i * width + j] = old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  const lines: DiffLine[] = []
  let i = 0
  let j = 0
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      lines.push(same(old[i]!))
      i++
      j++
    } else if (i < old.length && (j >= now.length || at(i + 1, j) >= at(i, j + 1))) lines.push(removed(old[i++]!))
    else lines.push(added(now[j++]!))
  }
  return lines
}
