// What of an error may be read by people who do not run this machine: reasons in rows, on pages, in answers. It names the part that
// failed. Where that part runs (hosts, addresses, ports, folders) stands in the log, next to where this is called.
import { EmbedderUnavailable } from '../embedder/index.ts'
import { ObjectStoreError } from '../object-store/object-store.ts'
import { isUnavailable, sqlState } from '../postgres/index.ts'
import { IndexUnavailable } from '../search-index/search-index.ts'
import { ScannerUnavailable } from '../virus-scanner/index.ts'
import { withoutPlaces } from './without-places.rules.ts'

const longest = 500

/** One sentence without a full stop, at most 500 characters. */
export function tellTrouble(error: unknown): string {
  if (error instanceof ObjectStoreError && error.trouble === 'unavailable') return 'the object store does not answer'
  if (error instanceof IndexUnavailable) return 'the search index does not answer'
  if (error instanceof EmbedderUnavailable) return 'the embedding service does not answer'
  if (error instanceof ScannerUnavailable) return 'the virus scanner does not answer'
  // A socket's error says only where; whose it was, its class would have told.
  if (isUnavailable(error)) return sqlState(error) ? 'the database does not answer' : 'a part that this needs does not answer'
  return withoutPlaces(error instanceof Error ? error.message : String(error)).slice(0, longest)
}
