// What operators do about what died: discards and taking them back, one cause in full, downloads.
import { describe, expect, test } from 'vitest'
import type { CauseDetail, DiscardView, LetterCounts, LetterDetail, LetterView } from '#shared/contracts/dead-letter.ts'
import type { Page } from '#shared/contracts/page.ts'
import type { Problem } from '#shared/contracts/problem.ts'
import { parsePublicId, publicId } from '#shared/ids.ts'
import { rollUpCauses } from '#services/dead-letters/index.ts'
import { useLetters } from '../support/letters-harness.ts'

const at = useLetters()
const { die, letterOf, causes, openOf } = at

describe('POST /dead-letters/discard', () => {
  const discard = (filter: object, reason = 'nobody needs them', key?: string) =>
    at.api.post<{ discarded: number }>('/dead-letters/discard', { filter, reason }, key)

  test('closes what the list of the same filter shows, and says how many', async () => {
    await die({ channel: 'email', recipientId: 'gone-1' }, { errorCode: 'smtp-551', error: '551 moved' })
    await die({ channel: 'email', recipientId: 'gone-2' }, { errorCode: 'smtp-551', error: '551 moved' })
    const [letter] = await openOf('recipient=gone-1')
    expect(await discard({ recipient: 'gone-1' })).toMatchObject({ status: 200, body: { discarded: 1 } })
    expect(await openOf('recipient=gone-1')).toEqual([])
    expect((await at.api.get<LetterDetail>(`/dead-letters/${letter!.id}`)).body).toMatchObject({
      state: 'discarded',
      closedReason: 'nobody needs them',
      deliveryState: 'dead',
    })
    const cause = (await causes()).find((one) => one.id === letter!.causeId)
    expect(cause).toMatchObject({ count: 1, total: 2 })
    expect(cause!.sampleId).toBe((await openOf('recipient=gone-2'))[0]!.id)
    await discard({ ids: [(await openOf('recipient=gone-2'))[0]!.id] })
    expect((await causes()).some((one) => one.id === letter!.causeId)).toBe(false)
    expect((await discard({ recipient: 'gone-1' })).body).toEqual({ discarded: 0, id: null })
    const { rows } = await at.platform.pool.query(
      "SELECT reason, details FROM audit_entry WHERE action = 'dead-letter.discard' ORDER BY id LIMIT 1",
    )
    expect(rows).toEqual([
      { reason: 'nobody needs them', details: { filter: { recipient: 'gone-1' }, matching: 1, discard: expect.stringMatching(/^dsc_/) } },
    ])
  })

  test('leaves alone what a replay has claimed, and what is not open', async () => {
    const delivery = await die({ channel: 'email', recipientId: 'claimed' })
    const letter = await letterOf(delivery)
    await at.platform.pool.query('UPDATE dead_letter SET replay_id = id WHERE id = $1', [parsePublicId('deadLetter', letter.id)])
    expect((await discard({ recipient: 'claimed' })).body).toEqual({ discarded: 0, id: null })
    expect((await discard({ state: 'replayed' })).body).toEqual({ discarded: 0, id: null })
  })

  test('takes more than one chunk, each letter once, while two people press the button', async () => {
    const delivery = await die({ channel: 'email', recipientId: 'many' })
    const letter = await letterOf(delivery)
    await at.platform.pool.query(
      `INSERT INTO dead_letter (workspace_id, id, kind, cause_id, event_id, event_type, channel, recipient_id, error_code, error_message, attempts, snapshot)
       SELECT workspace_id, gen_random_uuid(), kind, cause_id, event_id, event_type, channel, recipient_id, error_code, error_message, attempts, snapshot
       FROM dead_letter, generate_series(1, 2499) WHERE id = $1`,
      [parsePublicId('deadLetter', letter.id)],
    )
    const answers = await Promise.all([discard({ recipient: 'many' }), discard({ recipient: 'many' })])
    expect(answers.map((answer) => answer.status)).toEqual([200, 200])
    expect(answers[0]!.body.discarded + answers[1]!.body.discarded).toBe(2_500)
    expect(await openOf('recipient=many')).toEqual([])
  })

  test('of another workspace, without a reason, or with an unknown filter does nothing', async () => {
    const other = await at.platform.addWorkspace()
    const before = (await openOf('')).length
    expect((await discard({}, 'all of them', other.apiKey)).body).toEqual({ discarded: 0, id: null })
    expect((await at.api.post('/dead-letters/discard', { filter: {} })).status).toBe(422)
    const { status, body } = await at.api.post<Problem>('/dead-letters/discard', { filter: { recipients: 'u1' }, reason: 'typo' })
    expect(status).toBe(422)
    expect(body.errors?.[0]?.path).toBe('/filter/recipients')
    expect((await openOf('')).length).toBe(before)
  })
})

describe('taking a discard back', () => {
  test('opens its letters again, once, with an audit entry', async () => {
    await die({ channel: 'email', recipientId: 'undo-1' }, { errorCode: 'smtp-552', error: '552 full' })
    await die({ channel: 'email', recipientId: 'undo-2' }, { errorCode: 'smtp-552', error: '552 full' })
    const cause = (await openOf('recipient=undo-1'))[0]!.causeId
    const before = (await at.api.get<LetterCounts>('/dead-letters/counts')).body
    const { body } = await at.api.post<{ discarded: number; id: string }>('/dead-letters/discard', {
      filter: { cause },
      reason: 'wrong button',
      confirmCount: 2,
    })
    expect((await at.api.get<LetterCounts>('/dead-letters/counts')).body).toMatchObject({
      open: before.open - 2,
      discarded: before.discarded + 2,
    })
    const closed = (await causes('?state=closed')).find((one) => one.id === cause)
    expect(closed).toMatchObject({ count: 0, closed: { how: 'discarded', by: 'Test', count: 2 } })
    const undo = (id: string) => at.api.post<{ reopened: number }>(`/dead-letters/discards/${id}/undo`, { reason: 'they were good' })
    expect(await undo(body.id)).toMatchObject({ status: 200, body: { reopened: 2 } })
    expect((await openOf(`cause=${cause}`)).map((letter) => [letter.closedBy, letter.discardId])).toEqual([
      [null, null],
      [null, null],
    ])
    expect((await at.api.get<LetterCounts>('/dead-letters/counts')).body).toEqual(before)
    expect((await undo(body.id)).status).toBe(409)
    expect((await undo('dsc_0192f3a07b3e7c1d8a4f5e6d7c8b9a01')).status).toBe(404)
    const [discard] = (await at.api.get<Page<DiscardView>>('/dead-letters/discards')).body.items
    expect(discard).toMatchObject({ id: body.id, letters: 2, reason: 'wrong button', by: 'Test', undoneBy: 'Test' })
    const { rows } = await at.platform.pool.query("SELECT reason, details FROM audit_entry WHERE action = 'dead-letter.undo-discard'")
    expect(rows).toEqual([{ reason: 'they were good', details: { reopened: 2, discarded: 2 } }])
    expect((await at.api.post('/dead-letters/discard', { filter: { cause }, reason: 'x', confirmCount: 3 })).status).toBe(409)
  })
})

describe('GET /dead-letters/causes/{id}', () => {
  test('explains a cause with its trend, whom it meets, a sample, and what is known of now', async () => {
    const endpointId = await at.path.addEndpoint({ url: 'https://hooks.ci.example/github?token=t' })
    const end = { errorCode: 'connection-refused', error: 'connect ECONNREFUSED 203.0.113.24:443', where: 'webhook.connect' }
    for (const type of ['push', 'push', 'release']) await die({ channel: 'webhook', endpointId }, end, { type })
    const cause = (await openOf(`endpoint=${publicId('endpoint', endpointId)}`))[0]!.causeId
    const read = async () => (await at.api.get<CauseDetail>(`/dead-letters/causes/${cause}`)).body
    const detail = await read()
    expect(detail.trend.at(-1)! + detail.trend.at(-2)!).toBeGreaterThanOrEqual(3)
    expect(detail.facets.eventTypes).toEqual(
      expect.arrayContaining([
        { value: 'push', label: 'push', count: 2 },
        { value: 'release', label: 'release', count: 1 },
      ]),
    )
    expect(detail.facets.endpoints).toContainEqual({
      value: publicId('endpoint', endpointId),
      label: 'hooks.ci.example/github',
      count: 3,
    })
    expect(detail.explanation.sent).toBe('Nothing was ever sent, so a replay makes no duplicates.')
    expect(detail.sample).toMatchObject({
      target: expect.not.stringContaining('token'),
      attempts: [expect.objectContaining({ number: 1 })],
    })
    const [delivered] = await at.path.fanOut(await at.path.accept({ type: 'push' }), [{ channel: 'webhook', endpointId }])
    await at.path.attempt(delivered!.deliveryId, { state: 'delivered', statusCode: 200 })
    expect((await read()).explanation).toMatchObject({
      works: true,
      now: expect.stringMatching(/^It answers again: a delivery at .* got 200 in 12 ms\.$/),
    })
    await rollUpCauses(at.platform.pool)
    // The last hour of the trend may have become the one before.
    const sum = (trend: readonly number[]): number => trend.reduce((all, one) => all + one, 0)
    expect(sum((await read()).trend)).toBe(sum(detail.trend))
    const other = await at.platform.addWorkspace()
    expect((await at.api.get(`/dead-letters/causes/${cause}`, other.apiKey)).status).toBe(404)
  })

  test('knows what may have arrived', async () => {
    const endpointId = await at.path.addEndpoint()
    await die({ channel: 'webhook', endpointId }, { errorCode: 'timeout', error: 'no answer within 20 s' })
    const [letter] = await openOf(`endpoint=${publicId('endpoint', endpointId)}`)
    expect(letter!.reached).toBe('maybe')
    expect((await at.api.get<CauseDetail>(`/dead-letters/causes/${letter!.causeId}`)).body.explanation.sent).toContain(
      'the same webhook-id',
    )
    expect(await openOf(`endpoint=${publicId('endpoint', endpointId)}&repeats=leave-out`)).toEqual([])
  })
})

describe('GET /dead-letters/export', () => {
  test('streams what the list of the same filter shows, with formulas defused', async () => {
    await die({ channel: 'email', recipientId: '=HYPERLINK("x")' }, { errorCode: 'smtp-553', error: 'say "no", +1' })
    const query = new URLSearchParams({ recipient: '=HYPERLINK("x")' })
    const [letter] = await openOf(query.toString())
    const csv = await fetch(`${at.http.url}/api/v1/dead-letters/export?${query}`, {
      headers: { authorization: `Bearer ${at.platform.apiKey}` },
    })
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(csv.headers.get('content-disposition')).toMatch(/^attachment; filename="dead-letters-\d{4}-\d\d-\d\d\.csv"$/)
    const lines = (await csv.text()).trimEnd().split('\r\n')
    expect(lines).toHaveLength(2)
    expect(lines[0]).toContain('"id","state"')
    expect(lines[1]).toContain(letter!.id)
    expect(lines[1]).toContain(`"'=HYPERLINK(""x"")"`)
    expect(lines[1]).toContain('"say ""no"", +1"')
    const all = await fetch(`${at.http.url}/api/v1/dead-letters/export?format=json`, {
      headers: { authorization: `Bearer ${at.platform.apiKey}` },
    })
    const ids = ((await all.json()) as LetterView[]).map((one) => one.id)
    // More than one page of the stream: the discards above left 2,500 behind.
    expect(ids.length).toBeGreaterThan(2_500)
    expect(new Set(ids).size).toBe(ids.length)
    const { rows } = await at.platform.pool.query('SELECT count(*)::int AS n FROM dead_letter WHERE workspace_id = $1', [
      at.platform.workspaceId,
    ])
    expect(ids.length).toBe(rows[0].n)
    expect((await at.api.get('/dead-letters/export?format=xml')).status).toBe(422)
  })
})
