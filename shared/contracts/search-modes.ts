// How to search. Without Zod: pages load it.
export const searchModes = ['words', 'meaning', 'hybrid'] as const
export type SearchMode = (typeof searchModes)[number]
