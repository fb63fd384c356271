// How to search. Without Zod: pages load it.
export const searchModes = ['words', 'meaning', 'hybrid'] as const
export type SearchMode = (typeof searchModes)[number]

/** hybrid: how much meaning counts beside words, 0 to 1, in a question that names nothing. The best of what was measured: bench/relevance. */
export const usualAlpha = 0.75
