// What every search index promises, whoever keeps it: run against Postgres by search-index.test.ts and against Weaviate by
// search-index.servers.test.ts.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DocumentKind, IndexDocument, IndexQuery, SearchIndex } from '#platform/search-index/index.ts'
import { newUuid } from '#shared/ids.ts'
import { eventually } from '../support/eventually.ts'

export interface IndexUnderTest {
  index: SearchIndex
  close(): Promise<void>
}

/** Directions of a small space of meaning, instead of a model's: money, weather. */
const meaning = { money: [1, 0.05, 0], weather: [0.05, 1, 0] }

export function document(fields: Partial<IndexDocument> & { title: string }): IndexDocument {
  return {
    id: newUuid(),
    body: '',
    names: '',
    filters: {},
    at: new Date('2026-11-01T12:00:00Z'),
    fingerprint: 'one',
    ...fields,
  }
}

export function searchIndexSuite(open: () => Promise<IndexUnderTest>): void {
  let under: IndexUnderTest
  let index: SearchIndex
  const workspace = newUuid()
  const kind: DocumentKind = 'notification'

  beforeAll(async () => {
    under = await open()
    index = under.index
    await index.prepare()
  })
  afterAll(() => under?.close())

  const ask = async (text: string, more: Partial<IndexQuery> = {}, of = workspace) =>
    index.search(kind, of, { mode: 'words', text, filters: {}, limit: 10, ...more })
  /** An index may take a moment until it answers with what it was given. */
  const finds = (text: string, ids: string[], more: Partial<IndexQuery> = {}, of = workspace) =>
    eventually(async () => {
      const { hits } = await ask(text, more, of)
      return JSON.stringify(hits.map(({ id }) => id).sort()) === JSON.stringify([...ids].sort())
    })

  const declined = document({
    title: 'Your payment was declined',
    body: 'The bank refused the card for invoice 1007. Please choose another card.',
    names: 'ada ada@example.com billing',
    filters: { channel: 'email', recipient: 'ada', workflow: 'billing' },
    at: new Date('2026-11-10T08:00:00Z'),
    vector: meaning.money,
  })
  const refund = document({
    title: 'A refund is on its way',
    body: 'Money for invoice 2008 was returned to your card.',
    names: 'bob bob@example.com billing',
    filters: { channel: 'in-app', recipient: 'bob', workflow: 'billing' },
    at: new Date('2026-11-11T08:00:00Z'),
    vector: [0.9, 0.2, 0],
  })
  const storm = document({
    title: 'Storm warning',
    body: 'Heavy rain was received by the stations in the north; the weather turns.',
    names: 'ada weather',
    filters: { channel: 'in-app', recipient: 'ada', workflow: 'weather' },
    at: new Date('2026-11-12T08:00:00Z'),
    vector: meaning.weather,
  })

  describe('words', () => {
    test('are found in title, text and names, whatever their case', async () => {
      expect(await index.put(kind, workspace, [declined, refund, storm])).toEqual([])
      await finds('declined', [declined.id])
      await finds('INVOICE card', [declined.id, refund.id])
      await finds('bob@example.com', [refund.id])
      await finds('1007', [declined.id])
      await finds('unheard', [])
    })

    test('stand together before they stand alone, the best first', async () => {
      await finds('card refund', [refund.id])
      const { hits } = await ask('storm payment')
      expect(hits.map(({ id }) => id).sort()).toEqual([declined.id, storm.id].sort())
      for (const { score } of hits) expect(score).toBeGreaterThan(0)
      const [first] = (await ask('weather')).hits
      expect(first!.id).toBe(storm.id)
    })

    test('with a mistake in them find what was meant, and say so', async () => {
      const { hits, corrected } = await ask('recieved')
      expect(hits.map(({ id }) => id)).toEqual([storm.id])
      expect(corrected).toEqual({ recieved: ['received'] })
      const { hits: meant } = await ask('paymnt declned')
      expect(meant[0]!.id).toBe(declined.id)
      // In the middle of a short word, where it shares the least with what was meant.
      expect(await ask('sotrm')).toMatchObject({ hits: [{ id: storm.id }], corrected: { sotrm: ['storm'] } })
      expect(await ask('refnud')).toMatchObject({ hits: [{ id: refund.id }], corrected: { refnud: ['refund'] } })
      expect(await ask('reftnd')).toMatchObject({ hits: [{ id: refund.id }], corrected: { reftnd: ['refund'] } })
    })

    test('are found by their beginning', async () => {
      expect((await ask('statio')).hits.map(({ id }) => id)).toEqual([storm.id])
      expect((await ask('decli')).hits.map(({ id }) => id)).toEqual([declined.id])
    })

    test('all of them or nothing, where that is asked', async () => {
      expect((await ask('storm payment', { strict: true })).hits).toEqual([])
      expect((await ask('payment card', { strict: true })).hits.map(({ id }) => id)).toEqual([declined.id])
    })

    test('some of them are enough for what is alike', async () => {
      const { hits } = await ask('refund card zeppelin', { loose: true })
      expect(hits.map(({ id }) => id)).toContain(refund.id)
      expect(hits.map(({ id }) => id)).toContain(declined.id)
    })

    test('of another script and odd characters do no harm', async () => {
      const odd = document({
        title: `Grüße "quoted" 'single' \\ & | ! :* <b>`,
        body: '東京 Überweisung',
        filters: { recipient: `o'hara:\\"x` },
      })
      expect(await index.put(kind, workspace, [odd])).toEqual([])
      await finds('überweisung', [odd.id])
      await finds('grüße', [odd.id], { filters: { recipient: `o'hara:\\"x` } })
      await finds(`'); DROP TABLE x; -- & | !`, [])
      // A word that objects have a property of.
      await finds('constructor', [])
      await finds('storm constructor', [storm.id])
      await index.remove(kind, workspace, [odd.id])
      await finds('überweisung', [])
    })
  })

  describe('filters', () => {
    test('hold together with the words and each other', async () => {
      await finds('card', [declined.id], { filters: { channel: 'email' } })
      await finds('card', [refund.id], { filters: { recipient: 'bob', workflow: 'billing' } })
      await finds('card', [], { filters: { recipient: 'bob', channel: 'email' } })
      await finds('card', [], { filters: { recipient: 'ad' } })
    })

    test('by time: from is in, to is out', async () => {
      await finds('card', [declined.id, refund.id], { from: declined.at })
      await finds('card', [refund.id], { from: new Date(declined.at.getTime() + 1) })
      await finds('card', [declined.id], { to: refund.at })
    })

    test('nothing but what was named, however well others fit', async () => {
      await finds('card', [refund.id], { among: [refund.id, storm.id, newUuid()] })
      await finds('card', [], { among: [storm.id] })
      await finds('card', [declined.id], { among: [declined.id, refund.id], filters: { channel: 'email' } })
    })

    test('no more than was asked for, the best of them', async () => {
      const all = (await ask('card')).hits.map(({ id }) => id)
      expect(all).toHaveLength(2)
      expect((await ask('card', { limit: 1 })).hits.map(({ id }) => id)).toEqual(all.slice(0, 1))
    })
  })

  test('one workspace never finds what is another one’s', async () => {
    const other = newUuid()
    await finds('card', [], {}, other)
    // Nor is it told which words stand there.
    expect((await ask('sotrm paymnt', {}, other)).corrected).toEqual({})
    const own = document({ title: 'Another card', body: 'The refnud of somebody who writes it so.' })
    await index.put(kind, other, [own])
    await finds('card', [own.id], {}, other)
    expect((await ask('sotrm anothr', {}, other)).corrected).toEqual({ anothr: ['another'] })
    await finds('anoth', [own.id], {}, other)
    // A word of theirs is a mistake here.
    expect((await ask('refnud')).corrected).toEqual({ refnud: ['refund'] })
    await finds('card', [declined.id, refund.id])
    expect(await index.fingerprints(kind, other, [declined.id, own.id])).toEqual(new Map([[own.id, 'one']]))
    expect(await index.workspaces(kind)).toEqual(expect.arrayContaining([workspace, other]))
  })

  test('kinds do not mix', async () => {
    await index.put('recipient', workspace, [document({ id: 'not-a-uuid', title: 'zanzibar' })])
    expect((await index.search('recipient', workspace, { mode: 'words', text: 'zanzibar', filters: {}, limit: 5 })).hits).toHaveLength(1)
    await finds('zanzibar', [])
    expect((await ask('zanzibra paymnt')).corrected).toEqual({ paymnt: ['payment'] })
  })

  test('what is put again is replaced, what is removed is gone with its words', async () => {
    const one = document({ title: 'quokka', fingerprint: 'a' })
    await index.put(kind, workspace, [one])
    await finds('quokka', [one.id])
    await index.put(kind, workspace, [{ ...one, title: 'wombat', fingerprint: 'b' }])
    await finds('wombat', [one.id])
    await finds('quokka', [])
    expect(await index.fingerprints(kind, workspace, [one.id])).toEqual(new Map([[one.id, 'b']]))
    await index.remove(kind, workspace, [one.id, newUuid()])
    await finds('wombat', [])
    // No word is offered that only stood in what is gone.
    expect((await ask('wombet')).corrected).toEqual({})
    expect(await index.fingerprints(kind, workspace, [one.id])).toEqual(new Map())
  })

  test('a scan meets every document once', async () => {
    const of = newUuid()
    const documents = Array.from({ length: 25 }, (_, i) => document({ title: `number ${i}` }))
    await index.put(kind, of, documents)
    await eventually(
      async () =>
        (
          await index.fingerprints(
            kind,
            of,
            documents.map(({ id }) => id),
          )
        ).size === 25,
    )
    const met: string[] = []
    for (let after: string | null = null; ;) {
      const { ids, next } = await index.scan(kind, of, after, 10)
      met.push(...ids)
      if (next === null) break
      after = next
    }
    expect(met.sort()).toEqual(documents.map(({ id }) => id).sort())
  })

  test('a rebuild answers from what was there until it is finished', async () => {
    const of = newUuid()
    const before = document({ title: 'heron' })
    await index.put('cause', of, [before])
    const find = async () => (await index.search('cause', of, { mode: 'words', text: 'heron', filters: {}, limit: 5 })).hits.length
    const rebuild = await index.beginRebuild('cause')
    expect(await find()).toBe(1)
    const late = document({ title: 'late heron' })
    await index.put('cause', of, [late])
    expect(await rebuild.put(of, [before])).toEqual([])
    await rebuild.finish()
    await eventually(async () => (await find()) === 2)
    const again = await index.beginRebuild('cause')
    await again.abort()
    expect(await find()).toBe(2)
  })

  test('answers that it is there', async () => {
    await index.ping()
  })

  describe('meaning', () => {
    test('finds what says the like in other words, where there are vectors', async () => {
      if (!index.byMeaning) return
      const { hits } = await ask('charge rejected', { mode: 'meaning', vector: [1, 0, 0] })
      expect(hits.map(({ id }) => id).slice(0, 2)).toEqual([declined.id, refund.id])
      expect(hits[0]!.score).toBeGreaterThan(hits[1]!.score)
      const { hits: filtered } = await ask('charge rejected', { mode: 'meaning', vector: [1, 0, 0], filters: { recipient: 'bob' } })
      expect(filtered.map(({ id }) => id)).toEqual([refund.id])
      const within = async (more: Partial<IndexQuery>) =>
        (await ask('charge rejected', { mode: 'meaning', vector: [1, 0, 0], ...more })).hits.map(({ id }) => id)
      expect(await within({ from: refund.at, to: storm.at })).toEqual([refund.id])
      expect(await within({ among: [refund.id] })).toEqual([refund.id])
      expect((await ask('charge rejected', { mode: 'meaning', vector: [1, 0, 0] }, newUuid())).hits).toEqual([])
    })

    test('holds to filters together with words', async () => {
      if (!index.byMeaning) return
      const within = async (more: Partial<IndexQuery>) =>
        (await ask('card', { mode: 'hybrid', vector: [1, 0, 0], alpha: 0.5, ...more })).hits.map(({ id }) => id)
      expect(await within({ filters: { recipient: 'bob' } })).toEqual([refund.id])
      expect(await within({ from: refund.at, to: storm.at })).toEqual([refund.id])
      expect(await within({ among: [declined.id] })).toEqual([declined.id])
    })

    test('and words together are weighed by alpha', async () => {
      if (!index.byMeaning) return
      const words = await ask('storm', { mode: 'hybrid', vector: [1, 0, 0], alpha: 0 })
      expect(words.hits[0]!.id).toBe(storm.id)
      const both = await ask('storm', { mode: 'hybrid', vector: [1, 0, 0], alpha: 1 })
      expect(both.hits[0]!.id).toBe(declined.id)
    })

    test('hides nothing that the words find, however many others are nearer', async () => {
      if (!index.byMeaning) return
      const of = newUuid()
      const order = document({ title: 'Order 40177 was shipped', vector: meaning.weather })
      const others = Array.from({ length: 250 }, (_, i) =>
        document({ title: `Order ${50_000 + i} was shipped`, vector: [1, i / 1_000, 0] }),
      )
      await index.put(kind, of, [order, ...others])
      const both = async (more: Partial<IndexQuery>) =>
        (await ask('order 40177', { mode: 'hybrid', vector: [1, 0, 0], ...more }, of)).hits.map(({ id }) => id)
      await eventually(async () => (await both({ alpha: 0.25 })).includes(order.id))
      expect((await both({ alpha: 0.25 }))[0]).toBe(order.id)
      const all = await both({ alpha: 0.75, limit: 300 })
      expect(new Set(all)).toEqual(new Set([order, ...others].map(({ id }) => id)))
      expect(all).toHaveLength(251)
    })
  })
}
