// What Zod found wrong, as problem+json says it: each fault with the JSON Pointer of its place.
import type { z } from 'zod'
import type { FaultDetail } from '#shared/fault.ts'
import { jsonPointer } from './parse-json.ts'

const maxDetails = 50

/** Zod's issues as { path, message }: unions are answered by the branch that came closest, unknown keys each by its own path. */
export function detailsOf(issues: readonly z.core.$ZodIssue[], prefix: readonly PropertyKey[] = []): FaultDetail[] {
  const details: FaultDetail[] = []
  for (const issue of issues) {
    const path = [...prefix, ...issue.path]
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) details.push({ path: jsonPointer([...path, key]), message: 'is not a known field' })
    } else if (issue.code === 'invalid_union' && issue.errors.length > 0) {
      details.push(
        ...closest(
          issue.errors.map((branch) => detailsOf(branch, path)),
          { path: jsonPointer(path), message: issue.message },
        ),
      )
    } else {
      details.push({ path: jsonPointer(path), message: issue.message })
    }
    if (details.length >= maxDetails) break
  }
  return details.slice(0, maxDetails)
}

/** The branch whose complaints lie deepest is the one that was meant; when all fail at the same place, say only that. */
function closest(branches: FaultDetail[][], whole: FaultDetail): FaultDetail[] {
  const depthOf = (details: FaultDetail[]): number => Math.max(...details.map((detail) => detail.path.split('/').length))
  const sorted = branches.filter((branch) => branch.length > 0).sort((a, b) => depthOf(b) - depthOf(a) || a.length - b.length)
  const best = sorted[0]
  if (!best) return [whole]
  if (depthOf(best) > whole.path.split('/').length) return best
  return [
    {
      path: whole.path,
      message: branches.length > 1 ? [...new Set(sorted.flat().map((detail) => detail.message))].join('; or ') : whole.message,
    },
  ]
}
