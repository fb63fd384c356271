// What died, as operators read it: lists, one letter, causes, what is masked, saved views.
import { describe, expect, test } from 'vitest'
import type { CauseDetail, CauseView, LetterCounts, LetterDetail, LetterView } from '#shared/contracts/dead-letter.ts'
import type { Page } from '#shared/contracts/page.ts'
import type { Problem } from '#shared/contracts/problem.ts'
import { publicId } from '#shared/ids.ts'
import { transaction } from '#platform/postgres/index.ts'
import { buryPoison, rollUpCauses } from '#services/dead-letters/index.ts'
import { insertKey } from '../../prisma/seed.ts'
import { useLetters } from '../support/letters-harness.ts'

const at = useLetters()
const { die, letterOf, causes, openOf } = at

describe('GET /dead-letters', () => {
  test('says of a letter what died, where and why', async () => {
    const endpointId = await at.path.addEndpoint()
    const delivery = await die({ channel: 'webhook', endpointId }, { error: 'connect ECONNREFUSED 10.0.0.1:80' })
    const letter = await letterOf(delivery)
    expect(letter).toMatchObject({
      kind: 'delivery-exhausted',
      deliveryId: publicId('delivery', delivery),
      channel: 'webhook',
      eventType: 'pull_request.opened',
      recipientId: null,
      endpointId: publicId('endpoint', endpointId),
      previousId: null,
      replayId: null,
      error: { code: 'connection-refused', message: 'connect ECONNREFUSED 10.0.0.1:80' },
      attempts: 1,
      state: 'open',
      outcome: null,
      closedAt: null,
    })
    expect(letter.causeId).toMatch(/^cau_/)
  })

  test('finds by every filter, and all that are given must hold', async () => {
    const endpointId = await at.path.addEndpoint()
    const mail = publicId(
      'delivery',
      await die(
        { channel: 'email', recipientId: 'filter-1' },
        { errorCode: 'smtp-550', error: '550 no such mailbox 100%_sure' },
        { data: { order: 'Zürich-77' } },
      ),
    )
    const hook = publicId('delivery', await die({ channel: 'webhook', endpointId }, { errorCode: 'http-500', error: 'HTTP 500' }))
    const mailLetter = (await openOf('recipient=filter-1'))[0]!
    const expectOnly = async (query: string, delivery: string): Promise<void> =>
      expect(
        (await openOf(query)).map((letter) => letter.deliveryId),
        query,
      ).toEqual([delivery])
    await expectOnly('recipient=filter-1', mail)
    await expectOnly('channel=email', mail)
    await expectOnly('queue=delivery-email', mail)
    await expectOnly(`queue=delivery-webhook&endpoint=${publicId('endpoint', endpointId)}`, hook)
    expect((await openOf('queue=delivery-webhook')).every((letter) => letter.channel === 'webhook')).toBe(true)
    expect(await openOf('queue=delivery-in-app')).toEqual([])
    expect(await openOf('queue=replay')).toEqual([])
    await expectOnly(`endpoint=${publicId('endpoint', endpointId)}`, hook)
    await expectOnly(`cause=${mailLetter.causeId}`, mail)
    await expectOnly('q=NO%20SUCH', mail)
    await expectOnly('q=100%25_sure', mail)
    await expectOnly('q=zürich-77', mail)
    await expectOnly('from=2020-01-01&kind=delivery-exhausted&channel=email', mail)
    expect(await openOf('recipient=filter-1&channel=webhook')).toEqual([])
    expect(await openOf('q=100_sure')).toEqual([])
    expect(await openOf('to=2020-01-01')).toEqual([])
    expect((await at.api.get('/dead-letters?cause=wrong')).status).toBe(422)
    expect((await at.api.get('/dead-letters?ids=dl_1')).status).toBe(422)
  })

  test('pages newest first', async () => {
    const mails: string[] = []
    for (const error of ['550 no such mailbox', '552 mailbox is full', '550 no such mailbox'])
      mails.unshift(await die({ channel: 'email', recipientId: 'paged' }, { errorCode: 'smtp-550', error }))
    // Those of one channel are merged out of its causes.
    const found: (string | null)[] = []
    for (let cursor = ''; ;) {
      const { body } = await at.api.get<Page<LetterView>>(`/dead-letters?state=open&channel=email&limit=2${cursor && `&cursor=${cursor}`}`)
      found.push(...body.items.map((letter) => letter.deliveryId))
      if (!body.nextCursor) break
      cursor = body.nextCursor
    }
    expect(found.slice(0, 3)).toEqual(mails.map((id) => publicId('delivery', id)))
    expect(new Set(found).size).toBe(found.length)
    const all = (await at.api.get<Page<LetterView>>('/dead-letters?limit=200')).body.items.map((letter) => letter.id)
    const first = (await at.api.get<Page<LetterView>>('/dead-letters?limit=2')).body
    const rest = (await at.api.get<Page<LetterView>>(`/dead-letters?limit=200&cursor=${first.nextCursor}`)).body
    expect([...first.items, ...rest.items].map((letter) => letter.id)).toEqual(all)
    expect([...all].sort().reverse()).toEqual(all)
    expect((await at.api.get<Problem>('/dead-letters?cursor=abc')).status).toBe(422)
  })
})

describe('GET /dead-letters/{id}', () => {
  test('has the snapshot, the attempts and the lineage of a delivery that died twice', async () => {
    const event = { data: { title: 'Fix' }, subject: 'repo/7' }
    const delivery = await die({ channel: 'email', recipientId: 'twice', content: { subject: 'Fix', text: 'Body' } }, {}, event)
    const firstId = (await letterOf(delivery)).id
    // What a plain replay does: the same delivery, pending again.
    await at.platform.pool.query("UPDATE delivery SET state = 'pending', tries = 0 WHERE id = $1", [delivery])
    await at.platform.pool.query(
      "INSERT INTO outbox (id, kind, workspace_id, queue, lane, due_at, leased) VALUES ($1, 'deliver', $2, 'delivery-email', $2, now(), false)",
      [delivery, at.platform.workspaceId],
    )
    await at.path.attempt(delivery, { state: 'dead', error: 'again' })
    const secondId = (await letterOf(delivery)).id
    expect(secondId).not.toBe(firstId)

    const second = (await at.api.get<LetterDetail>(`/dead-letters/${secondId}`)).body
    expect(second).toMatchObject({
      previousId: firstId,
      nextId: null,
      deliveryState: 'dead',
      attemptHistory: [
        { number: 1, outcome: 'give-up' },
        { number: 2, outcome: 'give-up', error: 'again' },
      ],
      snapshot: {
        event: { type: 'pull_request.opened', data: { title: 'Fix' }, recipients: [], subject: 'repo/7', source: null },
        content: { subject: 'Fix', text: 'Body' },
        address: 'u1@example.com',
        override: null,
      },
    })
    expect(second.snapshot.event.acceptedAt).toMatch(/Z$/)
    expect((await at.api.get<LetterDetail>(`/dead-letters/${firstId}`)).body.nextId).toBe(secondId)
    const other = await at.platform.addWorkspace()
    expect((await at.api.get(`/dead-letters/${firstId}`, other.apiKey)).status).toBe(404)
  })

  test('of a fan-out that failed for good has no delivery', async () => {
    const eventId = await at.path.accept({ type: 'poison.event', data: { x: 1 } })
    await transaction(at.platform.pool, (client) =>
      buryPoison(client, { id: eventId, kind: 'fan-out', workspaceId: at.platform.workspaceId, starts: 5, lastError: null }),
    )
    const [letter] = await openOf('kind=pipeline-fault')
    expect(letter).toMatchObject({ deliveryId: null, channel: null, eventId: publicId('event', eventId) })
    expect(await openOf('queue=fan-out')).toEqual([letter])
    const { status, body } = await at.api.get<LetterDetail>(`/dead-letters/${letter!.id}`)
    expect(status).toBe(200)
    // Rolled up or not, and of no queue more or less than its list has.
    for (let times = 0; times < 2; times++) {
      const { queues, open } = (await at.api.get<LetterCounts>('/dead-letters/counts')).body
      expect(queues['fan-out']).toBe(1)
      for (const queue of ['fan-out', 'delivery-email', 'delivery-webhook', 'delivery-in-app'] as const)
        expect([queue, queues[queue] ?? 0]).toEqual([queue, (await openOf(`queue=${queue}`)).length])
      expect(Object.values(queues).reduce((all, one) => all + one, 0)).toBe(open)
      await rollUpCauses(at.platform.pool)
    }
    expect(body).toMatchObject({ attemptHistory: [], deliveryState: null, snapshot: { content: null, event: { data: { x: 1 } } } })
  })
})

describe('GET /dead-letters/causes', () => {
  test('groups what one fix would mend, with counts that do not wait for the roll-up', async () => {
    const endpointId = await at.path.addEndpoint()
    for (let i = 0; i < 3; i++)
      await die({ channel: 'webhook', endpointId }, { errorCode: 'http-502', error: `HTTP 502 from host-${i}.example.com` })
    const find = async () => (await causes()).find((cause) => cause.errorCode === 'http-502')
    const cause = await find()
    expect(cause).toMatchObject({
      title: 'HTTP 502 from webhook endpoint',
      kind: 'delivery-exhausted',
      count: 3,
      total: 3,
      channels: ['webhook'],
    })
    expect((await openOf(`cause=${cause!.id}`)).map((letter) => letter.id)).toContain(cause!.sampleId)
    await rollUpCauses(at.platform.pool)
    expect(await find()).toEqual(cause)
    await die({ channel: 'webhook', endpointId }, { errorCode: 'http-502', error: 'HTTP 502 from host-9.example.com' })
    const later = await find()
    expect(later!.count).toBe(4)
    expect(later!.lastSeenAt >= cause!.lastSeenAt).toBe(true)
  })

  test('pages by the last one seen, and filters', async () => {
    const all = (await causes('?limit=200')).map((cause) => cause.id)
    expect(all.length).toBeGreaterThan(3)
    const paged: string[] = []
    let cursor: string | null = null
    do {
      const { body }: { body: Page<CauseView> } = await at.api.get<Page<CauseView>>(
        `/dead-letters/causes?limit=2${cursor ? `&cursor=${cursor}` : ''}`,
      )
      paged.push(...body.items.map((cause) => cause.id))
      cursor = body.nextCursor
    } while (cursor)
    expect(paged).toEqual(all)
    expect((await causes('?channel=email')).every((cause) => cause.channels.includes('email'))).toBe(true)
    expect((await causes('?kind=pipeline-fault')).map((cause) => cause.kind)).toEqual(['pipeline-fault'])
    expect((await at.api.get('/dead-letters/causes?cursor=bm90aGluZw')).status).toBe(422)
  })

  test('leaves out those of another workspace', async () => {
    const other = await at.platform.addWorkspace()
    expect((await at.api.get<Page<CauseView>>('/dead-letters/causes', other.apiKey)).body.items).toEqual([])
  })
})

describe('what callers see who may only look', () => {
  test('is masked in lists, details, exports; and a search tells them nothing of payloads', async () => {
    await die(
      {
        channel: 'email',
        recipientId: 'masked-1',
        address: 'ada@example.com',
        content: { subject: 'Hello Ada', text: 'Your PIN is 4711' },
      },
      { errorCode: 'smtp-550', error: '550 no mailbox ada@example.com' },
      { type: 'masked.event', data: { apiKey: 'verysecret', title: 'Fine' } },
    )
    const viewer = `sb_${'v'.repeat(40)}`
    await insertKey(at.platform.pool, at.platform.workspaceId, viewer, 'Viewer')
    await at.platform.pool.query("UPDATE api_key SET scopes = '{events:read}' WHERE name = 'Viewer'")
    const [letter] = await openOf('recipient=masked-1')
    expect(letter!.error.message).toContain('ada@example.com')
    const detail = (await at.api.get<LetterDetail>(`/dead-letters/${letter!.id}`, viewer)).body
    expect(detail).toMatchObject({ masked: true, snapshot: { event: { data: { title: 'Fine' } } } })
    const exported = await fetch(`${at.http.url}/api/v1/dead-letters/export?format=json&recipient=masked-1`, {
      headers: { authorization: `Bearer ${viewer}` },
    })
    const list = (await at.api.get<Page<LetterView>>('/dead-letters?recipient=masked-1', viewer)).body
    const cause = (await at.api.get<CauseDetail>(`/dead-letters/causes/${letter!.causeId}`, viewer)).body
    const seen = JSON.stringify([detail, await exported.text(), list, cause])
    for (const secret of ['ada@example.com', 'verysecret', 'Hello Ada', '4711']) expect(seen).not.toContain(secret)
    expect((await openOf('q=verysecret')).length).toBe(1)
    expect((await at.api.get<Page<LetterView>>('/dead-letters?q=verysecret', viewer)).body.items).toEqual([])
    expect((await at.api.get<LetterDetail>(`/dead-letters/${letter!.id}`)).body).toMatchObject({
      masked: false,
      snapshot: { address: 'ada@example.com' },
    })
  })
})

describe('saved views', () => {
  test('are kept, replaced and deleted, in their workspace only', async () => {
    const save = (name: string, query: object) => at.api.post<{ id: string }>('/saved-views', { page: 'dead-letters', name, query })
    expect((await save('Refused', { q: 'ECONNREFUSED' })).status).toBe(201)
    const { body } = await save('Refused', { q: 'refused', channel: 'webhook' })
    expect((await at.api.get('/saved-views?page=dead-letters')).body).toMatchObject({
      items: [{ id: body.id, name: 'Refused', query: { q: 'refused', channel: 'webhook' }, createdBy: 'Test' }],
    })
    const other = await at.platform.addWorkspace()
    expect((await at.api.get('/saved-views', other.apiKey)).body).toMatchObject({ items: [] })
    const remove = (key: string) =>
      fetch(`${at.http.url}/api/v1/saved-views/${body.id}`, { method: 'DELETE', headers: { authorization: `Bearer ${key}` } })
    expect((await remove(other.apiKey)).status).toBe(404)
    expect((await remove(at.platform.apiKey)).status).toBe(204)
    expect((await remove(at.platform.apiKey)).status).toBe(404)
    expect((await save('x', { 'not a name': 'x' })).status).toBe(422)
  })
})
