// Beyond what a place is said to be slow, full or failing.
export interface MapLimits {
  /** Share of errors at a provider or a stage from which it warns, and from which it fails. */
  warnErrorShare: number
  failErrorShare: number
  /** p95 of a provider's answer, of the API's, and of a commit, in ms. */
  providerP95Ms: number
  acceptP95Ms: number
  postgresP95Ms: number
  loopLagMs: number
  redisShare: number
  outboxAgeMs: number
}

export const defaultLimits: MapLimits = {
  warnErrorShare: 0.05,
  failErrorShare: 0.5,
  providerP95Ms: 5_000,
  acceptP95Ms: 250,
  postgresP95Ms: 100,
  loopLagMs: 250,
  redisShare: 0.8,
  outboxAgeMs: 10_000,
}
