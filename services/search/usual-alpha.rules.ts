// How much meaning counts beside words where nobody says it.
import { usualAlpha } from '#shared/contracts/search-modes.ts'

/** By meaning one order is like every other one. */
const namingAlpha = 0.25

/** 0 = words alone, 1 = meaning alone. Less for a question with a number or an address in it: that names something, and nothing like it is meant. */
export const alphaFor = (question: string): number => (/[\p{N}@]/u.test(question) ? namingAlpha : usualAlpha)
