// What a collection of documents looks like in Weaviate. A change here is a new version: those that answer get what they lack at the next
// start, empty, and `npm run search:rebuild` builds them anew beside those that answer.
import { v5 } from 'uuid'
import type { DocumentKind } from './search-index.ts'

export const schemaVersion = 3

const words = { tokenization: 'word', indexSearchable: true, indexFilterable: false } as const
const exact = { tokenization: 'field', indexSearchable: false, indexFilterable: true } as const

export interface StoredDocument {
  docId: string
  title: string
  /** Title, text and names together: words that stand together do so in one property. */
  text: string
  /** Words of the title and of the beginning of the text, those that no other document of the day carries, each with every letter left out once: for mistakes. */
  near: string
  /** Filters as 'channel:email'. */
  marks: string[]
  at: Date
  fingerprint: string
}

/** The alias that is searched; its collections are `<alias>_v<schema>_<generation>`. */
export function aliasOf(kind: DocumentKind): string {
  return `Signalbox${kind.replaceAll(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase())}`
}

export function collectionName(kind: DocumentKind, generation: number): string {
  return `${aliasOf(kind)}_v${schemaVersion}_${generation}`
}

/** The generation in a collection's name, or null when it is not one of this kind. */
export function generationOf(kind: DocumentKind, name: string): number | null {
  const match = new RegExp(`^${aliasOf(kind)}_v\\d+_(\\d+)$`).exec(name)
  return match ? Number(match[1]) : null
}

/** Whether a collection is as this version makes them. */
export function isOfThisVersion(kind: DocumentKind, name: string): boolean {
  return name.startsWith(`${aliasOf(kind)}_v${schemaVersion}_`)
}

export const properties = [
  { name: 'docId', dataType: ['text'], ...exact },
  { name: 'title', dataType: ['text'], ...words },
  { name: 'text', dataType: ['text'], ...words },
  { name: 'near', dataType: ['text'], tokenization: 'whitespace', indexSearchable: true, indexFilterable: false },
  { name: 'marks', dataType: ['text[]'], ...exact },
  { name: 'at', dataType: ['date'], indexFilterable: true, indexRangeFilters: true },
  { name: 'fingerprint', dataType: ['text'], tokenization: 'field', indexSearchable: false, indexFilterable: false },
]

/**
 * Rotational quantization: a number of a vector takes one byte of memory instead of four, and the nearest are looked at again as they were
 * put. What it finds of the nearest is in the bench (`search-weaviate`).
 */
const rq = { enabled: true, bits: 8 }

/**
 * So many of the nearest are followed on the way to what is asked for. Weaviate's own choice (100 for ten of them) finds less than half of
 * them among many texts that are much alike (docs/decisions/0050-words-and-meaning-fused-here.md).
 */
const ef = 512

/** As Weaviate's REST API takes it. Tenants are workspaces: nothing of one is ever looked at for another. */
export function classOf(name: string, replicationFactor: number): Record<string, unknown> {
  return {
    class: name,
    description: 'Documents of Signalbox; the tables in Postgres are the truth.',
    multiTenancyConfig: { enabled: true, autoTenantCreation: true, autoTenantActivation: true },
    // A deletion wins over an older copy of what was deleted.
    replicationConfig: { factor: replicationFactor, asyncEnabled: replicationFactor > 1, deletionStrategy: 'DeleteOnConflict' },
    invertedIndexConfig: { bm25: { b: 0.75, k1: 1.2 }, stopwords: { preset: 'en' } },
    vectorConfig: { default: { vectorizer: { none: {} }, vectorIndexType: 'hnsw', vectorIndexConfig: { distance: 'cosine', ef, rq } } },
    properties,
  }
}

const namespace = '5f0e7d3c-4b0b-4f5e-9a55-5b7f3a1f7a10'
const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** Ids that are no UUIDs get one that follows from them. */
export const uuidOf = (id: string): string => (isUuid.test(id) ? id : v5(id, namespace))
