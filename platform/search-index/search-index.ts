// The port: what an index of documents can do, whoever keeps it. Two implementations, one conformance suite
// (tests/conformance/search-index.test.ts). An index holds what finds a document, never what is shown of it.

/** Documents of one kind share a table or a collection. */
export const documentKinds = ['notification', 'dead-letter', 'cause', 'recipient', 'article'] as const
export type DocumentKind = (typeof documentKinds)[number]

export interface IndexDocument {
  /** Unique within its kind and workspace; UUIDs and clients' own ids alike. */
  id: string
  title: string
  /** Plain text; only its first 20,000 characters are looked at. */
  body: string
  /** Names, addresses and keys: found, but worth less than the same word in the text. */
  names: string
  /** Exact values that a search may ask for: { channel: 'email', recipient: 'u1' }. */
  filters: Readonly<Record<string, string>>
  at: Date
  /** What the document was made from, as a hash: the checker compares it with the tables. */
  fingerprint: string
  /** Where the text lies in the space of meaning; undefined = it cannot be found by meaning. */
  vector?: number[] | undefined
}

export type SearchMode = 'words' | 'meaning' | 'hybrid'

export interface IndexQuery {
  mode: SearchMode
  /** What was typed. */
  text: string
  /** Of the text, for meaning and hybrid. */
  vector?: number[] | undefined
  /** hybrid: 0 = words alone, 1 = meaning alone; usualAlpha when it is not said. */
  alpha?: number | undefined
  filters: Readonly<Record<string, string>>
  from?: Date | undefined
  /** Made before this moment. */
  to?: Date | undefined
  /** Nothing but these; at most some thousands. */
  among?: readonly string[] | undefined
  /** At most 2,000. */
  limit: number
  /** Some of the words are enough: for what is alike rather than for what was asked. */
  loose?: boolean | undefined
  /** All of the words (or what was meant by them), or nothing. */
  strict?: boolean | undefined
}

export interface IndexHit {
  id: string
  /** Higher is better; comparable within one answer only. */
  score: number
}

export interface IndexAnswer {
  hits: IndexHit[]
  /** Words that nobody uses, with those that were looked for instead. */
  corrected: Record<string, string[]>
}

/** Documents that were refused, one by one: their neighbours are in. */
export interface Refused {
  id: string
  reason: string
}

export interface SearchIndex {
  readonly name: 'postgres' | 'weaviate'
  /** Finds by meaning, where documents and queries come with vectors. */
  readonly byMeaning: boolean
  /** Makes what is missing. Answers true when there was nothing before: everything has to be indexed. */
  prepare(): Promise<boolean>
  /** Adds or replaces. A document that is there with the same fingerprint may be left alone. */
  put(kind: DocumentKind, workspaceId: string, documents: readonly IndexDocument[]): Promise<Refused[]>
  /** What is not there is no error. */
  remove(kind: DocumentKind, workspaceId: string, ids: readonly string[]): Promise<void>
  search(kind: DocumentKind, workspaceId: string, query: IndexQuery): Promise<IndexAnswer>
  /** The fingerprints of those that are there. */
  fingerprints(kind: DocumentKind, workspaceId: string, ids: readonly string[]): Promise<Map<string, string>>
  /** A page of ids, in an order of the index's own. `next` = where the next page begins, null at the end. */
  scan(kind: DocumentKind, workspaceId: string, after: string | null, limit: number): Promise<{ ids: string[]; next: string | null }>
  /** Workspaces that have something in here. */
  workspaces(kind: DocumentKind): Promise<string[]>
  /** Builds a kind anew beside the one that answers; see `Rebuild`. */
  beginRebuild(kind: DocumentKind): Promise<Rebuild>
  /** Rejects while it does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** Searches are answered from what was there before until `finish`; what changes meanwhile goes into both. */
export interface Rebuild {
  put(workspaceId: string, documents: readonly IndexDocument[]): Promise<Refused[]>
  /** From here on the new one answers. */
  finish(): Promise<void>
  /** Leaves the old one as it is. */
  abort(): Promise<void>
}

/** The index does not answer. Not a mistake of whoever asked. */
export class IndexUnavailable extends Error {
  constructor(name: string, cause: unknown) {
    super(`The search index (${name}) does not answer: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.name = 'IndexUnavailable'
  }
}
