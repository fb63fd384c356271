// The index in Weaviate: words by BM25, meaning by vectors of our own, both together. A collection per kind, a tenant per workspace.
import { setTimeout as wait } from 'node:timers/promises'
import { canBeMisspelt, nearWords, wordsIn } from './query-words.rules.ts'
import { documentKinds, IndexUnavailable, type DocumentKind, type IndexDocument, type Refused, type SearchIndex } from './search-index.ts'
import { searchTenant } from './weaviate-search.ts'
import {
  aliasOf,
  classOf,
  collectionName,
  generationOf,
  isOfThisVersion,
  properties,
  uuidOf,
  type StoredDocument,
} from './weaviate-schema.ts'
import { createWordCarriers } from './word-carriers.rules.ts'
import { createWeaviateConnection, isAwayText, isUnknownCollection, isUnknownTenant, type WeaviateOptions } from './weaviate-connection.ts'

/** Documents of one request. */
const batch = 100
/** How long a process may not know yet that a kind is being rebuilt. */
const knownForMs = 2_000
/** So much of a text is where words with a mistake are looked for. */
const nearOf = 1_000
/** Somebody waits for it. */
const searchMs = 3_000

/** Of one object of a batch, as the REST API says it. */
interface BatchAnswer {
  result?: { status?: string; errors?: { error?: { message: string }[] } }
}

interface Targets {
  /** The one that answers. */
  active: string | null
  /** Newer ones that are being filled. */
  building: string[]
}

export function createWeaviateIndex(options: WeaviateOptions & { replicationFactor?: number }): SearchIndex {
  const connection = createWeaviateConnection(options)
  const factor = options.replicationFactor ?? 1
  const known = new Map<DocumentKind, { at: number; targets: Promise<Targets> }>()
  const carriers = createWordCarriers()

  async function readTargets(kind: DocumentKind): Promise<Targets> {
    return connection.use(async (client) => {
      const aliases = (await client.alias.listAll()) ?? []
      const active = aliases.find(({ alias }) => alias === aliasOf(kind))?.collection ?? null
      const current = active === null ? 0 : (generationOf(kind, active) ?? 0)
      const names = (await client.collections.listAll()).map(({ name }) => name)
      const building = names.filter((name) => (generationOf(kind, name) ?? 0) > current)
      return { active, building }
    })
  }

  function targetsOf(kind: DocumentKind): Promise<Targets> {
    const last = known.get(kind)
    if (last && performance.now() - last.at < knownForMs) return last.targets
    const targets = readTargets(kind)
    known.set(kind, { at: performance.now(), targets })
    targets.catch(() => known.delete(kind))
    return targets
  }

  /** Does `work` with every collection that has to have it; once more when one of them was just replaced. */
  async function everywhere(kind: DocumentKind, work: (name: string) => Promise<void>): Promise<void> {
    for (let tries = 0; ; tries++) {
      const { active, building } = await targetsOf(kind)
      try {
        for (const name of [...(active === null ? [] : [active]), ...building]) await work(name)
        return
      } catch (error) {
        if (!isUnknownCollection(error) || tries > 0) throw error
        known.delete(kind)
      }
    }
  }

  async function putInto(name: string, workspaceId: string, documents: readonly IndexDocument[]): Promise<Refused[]> {
    const refused: Refused[] = []
    for (let i = 0; i < documents.length; i += batch) {
      const some = documents.slice(i, i + batch)
      const failed = await insert(name, workspaceId, some)
      refused.push(...failed)
      const without = new Set(failed.map(({ id }) => id))
      await mendHalfWritten(
        name,
        workspaceId,
        some.filter(({ id }) => !without.has(id)),
      )
    }
    return refused
  }

  /** Answers with the ids that were refused, and why. A tenant that is not there is made. */
  async function insert(name: string, workspaceId: string, documents: readonly IndexDocument[]): Promise<Refused[]> {
    const objects = documents.map((document) => ({
      class: name,
      tenant: workspaceId,
      id: uuidOf(document.id),
      properties: storedIn(name, workspaceId, document),
      ...vectorsOf(document),
    }))
    const answers = (await connection.post('v1/batch/objects', { objects })) as BatchAnswer[]
    return answers.flatMap(({ result }, at) => {
      if (result?.status !== 'FAILED') return []
      const reason = result.errors?.error?.map(({ message }) => message).join('; ') ?? 'no reason given'
      // Not the document's fault: nothing of it may be given up for that.
      if (isUnknownCollection(reason)) throw new Error(reason)
      if (isAwayText(reason)) throw new IndexUnavailable('weaviate', reason)
      return [{ id: documents[at]!.id, reason }]
    })
  }

  /**
   * A Weaviate that was killed in the middle of a batch has objects that no filter and no search finds, and putting the same object
   * again changes nothing about that: it is equal to what is there. So what was put is looked for as a search would find it, and what
   * is not found is deleted and put anew.
   */
  async function mendHalfWritten(name: string, workspaceId: string, documents: readonly IndexDocument[]): Promise<void> {
    const found = new Set(await findable(name, workspaceId, documents))
    const lost = documents.filter((document) => !found.has(uuidOf(document.id)))
    if (lost.length === 0) return
    await connection.use(async (client) => {
      const { data } = client.collections.use(name).withTenant(workspaceId)
      for (const document of lost) await data.deleteById(uuidOf(document.id))
    })
    await insert(name, workspaceId, lost)
  }

  const findable = (name: string, workspaceId: string, documents: readonly IndexDocument[]): Promise<string[]> =>
    connection.use(async (client) => {
      if (documents.length === 0) return []
      const { query, filter } = client.collections.use(name).withTenant(workspaceId)
      const { objects } = await query.fetchObjects({
        filters: filter.byId().containsAny(documents.map((document) => uuidOf(document.id))),
        limit: documents.length,
        returnProperties: [] as never,
      })
      return objects.map((object) => object.uuid)
    })

  function storedIn(name: string, workspaceId: string, document: IndexDocument): StoredDocument {
    const words = new Set(wordsIn(`${document.title} ${document.body.slice(0, nearOf)}`).filter(canBeMisspelt))
    return {
      docId: document.id,
      title: document.title,
      text: `${document.title}\n${document.body}\n${document.names}`,
      near: carriers.carriedBy(`${name} ${workspaceId}`, document, words).flatMap(nearWords).join(' '),
      marks: Object.entries(document.filters).map(([filter, value]) => `${filter}:${value}`),
      at: document.at,
      fingerprint: document.fingerprint,
    }
  }

  async function create(kind: DocumentKind, generation: number): Promise<string> {
    const name = collectionName(kind, generation)
    await connection.use((client) => client.collections.createFromSchema(classOf(name, factor)))
    return name
  }

  /** A collection of an older version: documents of this one would be refused for a property that it does not know. */
  async function addWhatItLacks(name: string): Promise<void> {
    await connection.use(async (client) => {
      const { config } = client.collections.use(name)
      const there = new Set((await config.get()).properties.map((property) => property.name))
      for (const property of properties)
        if (!there.has(property.name)) await config.addProperty({ ...property, dataType: property.dataType[0] } as never)
    })
  }

  async function drop(names: readonly string[]): Promise<void> {
    for (const name of names) await connection.use((client) => client.collections.delete(name))
  }

  /** What a tenant that does not exist answers. */
  async function orNothing<T>(nothing: T, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (isUnknownTenant(error)) return nothing
      throw error
    }
  }

  return {
    name: 'weaviate',
    byMeaning: true,

    async prepare() {
      let fresh = false
      for (const kind of documentKinds) {
        const { active, building } = await readTargets(kind)
        if (active !== null) {
          if (!isOfThisVersion(kind, active)) await addWhatItLacks(active)
          continue
        }
        fresh = true
        const collection = building[0] ?? (await create(kind, 1))
        await connection.use((client) => client.alias.create({ alias: aliasOf(kind), collection }))
        known.delete(kind)
      }
      return fresh
    },

    async put(kind, workspaceId, documents) {
      const refused = new Map<string, Refused>()
      if (documents.length > 0)
        await everywhere(kind, async (name) => {
          for (const each of await putInto(name, workspaceId, documents)) refused.set(each.id, each)
        })
      return [...refused.values()]
    },

    async remove(kind, workspaceId, ids) {
      for (let i = 0; i < ids.length; i += batch) {
        const some = ids.slice(i, i + batch).map(uuidOf)
        await everywhere(kind, (name) =>
          orNothing(undefined, () =>
            connection.use(async (client) => {
              const { data, filter } = client.collections.use(name).withTenant(workspaceId)
              await data.deleteMany(filter.byId().containsAny(some))
            }),
          ),
        )
      }
    },

    search: (kind, workspaceId, query) =>
      orNothing({ hits: [], corrected: {} }, () =>
        connection.use(
          (client, library) => searchTenant(client.collections.use(aliasOf(kind)).withTenant(workspaceId), library.Filters, query),
          searchMs,
        ),
      ),

    async fingerprints(kind, workspaceId, ids) {
      const found = new Map<string, string>()
      for (let i = 0; i < ids.length; i += batch) {
        const some = ids.slice(i, i + batch).map(uuidOf)
        const { objects } = await orNothing({ objects: [] }, () =>
          connection.use((client) => {
            const { query, filter } = client.collections.use(aliasOf(kind)).withTenant(workspaceId)
            return query.fetchObjects({
              filters: filter.byId().containsAny(some),
              limit: some.length,
              returnProperties: ['docId', 'fingerprint'] as never,
            })
          }),
        )
        for (const { properties } of objects as unknown as { properties: StoredDocument }[])
          found.set(properties.docId, properties.fingerprint)
      }
      return found
    },

    async scan(kind, workspaceId, after, limit) {
      const { objects } = await orNothing({ objects: [] }, () =>
        connection.use((client) =>
          client.collections
            .use(aliasOf(kind))
            .withTenant(workspaceId)
            .query.fetchObjects({ limit, ...(after === null ? {} : { after }), returnProperties: ['docId'] as never }),
        ),
      )
      const page = objects as unknown as { uuid: string; properties: StoredDocument }[]
      return { ids: page.map(({ properties }) => properties.docId), next: page.length < limit ? null : page.at(-1)!.uuid }
    },

    workspaces: (kind) => connection.use(async (client) => Object.keys(await client.collections.use(aliasOf(kind)).tenants.get())),

    async beginRebuild(kind) {
      const { active, building } = await readTargets(kind)
      // What a rebuild that was killed left behind.
      await drop(building)
      const name = await create(
        kind,
        1 + Math.max(0, ...[active, ...building].map((each) => (each === null ? 0 : (generationOf(kind, each) ?? 0)))),
      )
      // From here on every writer knows of it: what it has not written into it is in the tables, where the rebuild reads it.
      await wait(2 * knownForMs)
      return {
        put: (workspaceId, documents) => putInto(name, workspaceId, documents),
        async finish() {
          await connection.use((client) =>
            active === null
              ? client.alias.create({ alias: aliasOf(kind), collection: name })
              : client.alias.update({ alias: aliasOf(kind), newTargetCollection: name }),
          )
          known.delete(kind)
          await wait(2 * knownForMs)
          if (active !== null) await drop([active])
        },
        abort: () => drop([name]),
      }
    },

    async ping() {
      await connection
        .use((client) => client.isReady())
        .then((ready) => {
          if (!ready) throw new Error('not ready')
        })
    },
    close: () => connection.close(),
  }
}

const vectorsOf = ({ vector }: IndexDocument) => (vector ? { vectors: { default: vector } } : {})
