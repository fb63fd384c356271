// The search index in Weaviate as it is.
import { describe, expect, test } from 'vitest'
import { createWeaviateIndex } from '#platform/search-index/index.ts'
import { startWeaviate } from '../support/real-servers.ts'
import { aliasOf, classOf, collectionName } from '#platform/search-index/weaviate-schema.ts'
import { newUuid } from '#shared/ids.ts'
import { document, searchIndexSuite } from './search-index.ts'

describe('in Weaviate', () => {
  searchIndexSuite(async () => {
    const weaviate = await startWeaviate()
    const index = createWeaviateIndex(weaviate)
    return {
      index,
      async close() {
        await index.close()
        await weaviate.stop()
      },
    }
  })
})

test('a collection of an older version takes documents of this one, and is rebuilt as this one', async () => {
  const weaviate = await startWeaviate()
  const index = createWeaviateIndex(weaviate)
  try {
    const kind = 'notification'
    const workspace = newUuid()
    const call = async (path: string, body: unknown): Promise<number> => {
      const headers = { authorization: `Bearer ${weaviate.apiKey}`, 'content-type': 'application/json' }
      return (await fetch(`${weaviate.url}/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })).status
    }
    const older = classOf(`${aliasOf(kind)}_v1_4`, 1) as { properties: { name: string }[] }
    expect(await call('schema', { ...older, properties: older.properties.filter(({ name }) => name !== 'near') })).toBe(200)
    expect(await call('aliases', { alias: aliasOf(kind), class: `${aliasOf(kind)}_v1_4` })).toBe(200)
    await index.prepare()
    const storm = document({ title: 'Storm warning' })
    expect(await index.put(kind, workspace, [storm])).toEqual([])
    const ask = async () => (await index.search(kind, workspace, { mode: 'words', text: 'sotrm', filters: {}, limit: 5 })).hits
    await expect.poll(ask, { timeout: 30_000 }).toMatchObject([{ id: storm.id }])
    const rebuild = await index.beginRebuild(kind)
    expect(await rebuild.put(workspace, [storm])).toEqual([])
    await rebuild.finish()
    await expect.poll(ask, { timeout: 30_000 }).toMatchObject([{ id: storm.id }])
  } finally {
    await index.close()
    await weaviate.stop()
  }
})

test('what is put while its collection is replaced goes into the new one', async () => {
  const weaviate = await startWeaviate()
  const index = createWeaviateIndex(weaviate)
  try {
    const kind = 'notification'
    const workspace = newUuid()
    const headers = { authorization: `Bearer ${weaviate.apiKey}`, 'content-type': 'application/json' }
    const call = async (method: string, path: string, body?: unknown): Promise<void> => {
      const answer = await fetch(`${weaviate.url}/v1/${path}`, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) })
      expect(answer.ok, await answer.text()).toBe(true)
    }
    await index.prepare()
    await index.put(kind, workspace, [document({ title: 'Storm warning' })])
    // As another process does it that finishes a rebuild: this one still knows the old collection.
    await call('POST', 'schema', classOf(collectionName(kind, 2), 1))
    await call('PUT', `aliases/${aliasOf(kind)}`, { class: collectionName(kind, 2) })
    await call('DELETE', `schema/${collectionName(kind, 1)}`)
    const surge = document({ title: 'Storm surge' })
    expect(await index.put(kind, workspace, [surge])).toEqual([])
    const { hits } = await index.search(kind, workspace, { mode: 'words', text: 'surge', filters: {}, limit: 5 })
    expect(hits).toMatchObject([{ id: surge.id }])
  } finally {
    await index.close()
    await weaviate.stop()
  }
})
