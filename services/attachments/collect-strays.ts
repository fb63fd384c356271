// What lies in the object store and has no row: left by a crash between the store and Postgres. Looked for now and then, object by object.
import type { ObjectStore } from '#platform/object-store/index.ts'
import type { Pool } from '#platform/postgres/index.ts'
import { findKnownIds } from './collect.repository.ts'

export interface StrayDeps {
  pool: Pool
  store: ObjectStore
  isClosed: () => boolean
}

/** What is younger may belong to a row that is not committed yet. */
const strayAgeMs = 2 * 86_400_000
const bite = 500

interface Found {
  id: string
  /** When it came. */
  at: Date
  takeAway: () => Promise<void>
}

/** Removes objects and ends uploads that no file stands for. Stops early when it is closed; rejects when the store does. */
export async function removeStrays(deps: StrayDeps): Promise<void> {
  // What was uploaded once more after its file was checked is nobody's: it would lie there, uncounted, for as long as the file.
  await removeThose(objectsOf(deps.store, 'incoming/'), deps, { incoming: true })
  for (const prefix of ['files/', 'thumbnails/']) await removeThose(objectsOf(deps.store, prefix), deps)
  await removeThose(uploadsOf(deps.store), deps)
}

async function* objectsOf(store: ObjectStore, prefix: string): AsyncGenerator<Found> {
  for await (const { key, modifiedAt } of store.list(prefix)) yield { id: idIn(key), at: modifiedAt, takeAway: () => store.remove(key) }
}

/** Begun for an announcement that ended before its row was there: nobody has a URL of them. */
async function* uploadsOf(store: ObjectStore): AsyncGenerator<Found> {
  for await (const { key, uploadId, startedAt } of store.listUploads('files/'))
    yield { id: idIn(key), at: startedAt, takeAway: () => store.abortParts(key, uploadId) }
}

const idIn = (key: string): string => key.split('/').at(-1)!

async function removeThose(all: AsyncGenerator<Found>, { pool, isClosed }: StrayDeps, { incoming } = { incoming: false }): Promise<void> {
  let old: Found[] = []
  const look = async (): Promise<void> => {
    const known = await findKnownIds(
      pool,
      old.map(({ id }) => id),
      { incoming },
    )
    for (const { id, takeAway } of old) if (!known.has(id)) await takeAway()
    old = []
  }
  for await (const found of all) {
    if (isClosed()) return
    if (found.at.getTime() > Date.now() - strayAgeMs || !/^[0-9a-f-]{36}$/.test(found.id)) continue
    old.push(found)
    if (old.length >= bite) await look()
  }
  await look()
}
