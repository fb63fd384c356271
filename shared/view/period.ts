// The two ends of a period as a page's URL keeps them: what <input type="datetime-local"> gives, taken as UTC.

/** '2026-11-20T14:00' -> '2026-11-20T14:00:00Z'; what is no time is left out. */
export function momentOf(local: string | undefined): string | undefined {
  if (!local) return undefined
  const parsed = new Date(/Z$|[+-]\d\d:\d\d$/.test(local) ? local : `${local}Z`)
  return Number.isNaN(parsed.getTime()) ? undefined : parsed.toISOString()
}

export function periodQuery(filters: { from?: string; to?: string }): { from: string | undefined; to: string | undefined } {
  return { from: momentOf(filters.from), to: momentOf(filters.to) }
}
