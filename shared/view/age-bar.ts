// The age bar of the design: a log scale of age / objective over 3.2 decades, so that the objective stands at 62.5% everywhere.

export const objectivePosition = 2 / 3.2

/** 0 to 1: how far the bar of this age reaches. */
export function agePosition(ageMs: number, objectiveMs: number): number {
  if (ageMs <= 0) return 0
  return Math.min(1, Math.max(0, (Math.log10(ageMs / objectiveMs) + 2) / 3.2))
}
