// What nobody needs any more is taken away, and nothing else: rows, room and bytes, by the worker's role `files`.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createObjectStore } from '#platform/object-store/index.ts'
import { startFileCollector, type FileCollector } from '#services/attachments/index.ts'
import { newUuid, parsePublicId, uuidFloor } from '#shared/ids.ts'
import { assembleApp, type App } from '../../server/utils/app.ts'
import { createApiClient, type ApiCall } from '../support/api-client.ts'
import { eventually } from '../support/eventually.ts'
import { addFile, png, uploadBytes } from '../support/files.ts'
import { serveRoutes, type HttpHarness } from '../support/http-harness.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let folder: string
let platform: TestPlatform
let app: App
let http: HttpHarness
let api: ApiCall
let collector: FileCollector | undefined

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-files-'))
  platform = await openTestPlatform({ environment: { SIGNALBOX_DATA: folder } })
  app = assembleApp(platform)
  http = await serveRoutes(app)
  api = createApiClient(http.url, platform.apiKey).call
})
afterEach(async () => {
  await collector?.close()
  collector = undefined
})
afterAll(async () => {
  await http.close()
  await app.close()
  await rm(folder, { recursive: true, force: true })
})

const dayMs = 86_400_000
const note = { filename: 'notes.txt', contentType: 'text/plain' }
const uuidOf = (id: string): string => parsePublicId('attachment', id)!
const store = () => createObjectStore(platform.config)

/** Does its chores once at its beginning. */
function collect(days: { unusedDays?: number; retentionDays?: number } = {}): void {
  const { pool, log, config } = platform
  collector = startFileCollector({
    pool,
    log,
    url: config.DATABASE_URL!,
    store: store(),
    scanner: undefined,
    unusedDays: 0,
    retentionDays: 0,
    ...days,
  })
}
const set = (id: string, column: 'upload_until' | 'ready_at', days: number) =>
  platform.pool.query(`UPDATE attachment SET ${column} = now() - $2 * interval '1 day' WHERE id = $1`, [uuidOf(id), days])
const isGone = async (id: string): Promise<boolean> => (await api('GET', `/attachments/${id}`)).status === 404
const keysLeft = async (id: string): Promise<string[]> => {
  const found: string[] = []
  for (const prefix of ['incoming/', 'files/', 'thumbnails/'])
    for await (const { key } of store().list(prefix)) if (key.endsWith(uuidOf(id))) found.push(key)
  return found
}
const roomTaken = async (): Promise<number> =>
  Number(
    (await platform.pool.query('SELECT bytes FROM attachment_usage WHERE workspace_id = $1', [platform.workspaceId])).rows[0]?.bytes ?? 0,
  )
/** An event of so many days ago that refers to the file. */
async function useLongAgo(id: string, days: number, state: string): Promise<void> {
  const eventId = uuidFloor(Date.now() - days * dayMs).replace(/.{12}$/, uuidOf(id).slice(-12))
  await platform.pool.query(
    "INSERT INTO event (id, workspace_id, type, state, accepted_at, recipients, data) VALUES ($1, $2, 'old.one', $3, now() - $4 * interval '1 day', '[]', '{}')",
    [eventId, platform.workspaceId, state, days],
  )
  await platform.pool.query('INSERT INTO attachment_use (workspace_id, attachment_id, event_id) VALUES ($1, $2, $3)', [
    platform.workspaceId,
    uuidOf(id),
    eventId,
  ])
}

test('a picture gets its thumbnail', async () => {
  const { id } = await addFile(api, png, { filename: 'dot.png', contentType: 'image/png' })
  collect()
  await eventually(async () => (await api('GET', `/attachments/${id}`)).body.hasThumbnail === true)
  const answer = await fetch(`${http.url}/api/v1/attachments/${id}/thumbnail`, { headers: { authorization: `Bearer ${platform.apiKey}` } })
  expect(answer.status, await answer.clone().text()).toBe(200)
  expect(answer.headers.get('content-type')).toBe('image/webp')
  expect(
    Buffer.from(await answer.arrayBuffer())
      .subarray(8, 12)
      .toString(),
  ).toBe('WEBP')
})

test('an upload that was given up, and a file that was rejected, go with their bytes and their room; fresh ones stay', async () => {
  const before = await roomTaken()
  const abandoned = (await api('POST', '/attachments', { ...note, size: 5 })).body
  await uploadBytes(abandoned, Buffer.from('never'))
  const open = (await api('POST', '/attachments', { ...note, size: 5 })).body
  const rejected = await addFile(api, Buffer.from('no picture'), { filename: 'a.png', contentType: 'image/png' })
  const justRejected = await addFile(api, Buffer.from('no picture'), { filename: 'b.png', contentType: 'image/png' })
  expect([rejected.state, justRejected.state]).toEqual(['rejected', 'rejected'])
  await set(abandoned.id, 'upload_until', 1)
  await set(rejected.id, 'upload_until', 2)
  collect()
  await eventually(async () => (await isGone(abandoned.id)) && (await isGone(rejected.id)))
  await eventually(async () => (await keysLeft(abandoned.id)).length + (await keysLeft(rejected.id)).length === 0)
  expect(await isGone(open.id)).toBe(false)
  expect(await isGone(justRejected.id)).toBe(false)
  expect(await roomTaken()).toBe(before + 5)
})

test('what no event ever referred to goes after its days; what one refers to stays', async () => {
  const [unused, young, used] = await Promise.all(['a', 'b', 'c'].map((text) => addFile(api, Buffer.from(text), note)))
  for (const { id } of [unused!, used!]) await set(id, 'ready_at', 40)
  await useLongAgo(used!.id, 40, 'completed')
  collect({ unusedDays: 30 })
  await eventually(() => isGone(unused!.id))
  await eventually(async () => (await keysLeft(unused!.id)).length === 0)
  expect(await isGone(young!.id)).toBe(false)
  expect(await isGone(used!.id)).toBe(false)
})

test('what was used goes after its retention, unless something of it is still on its way or used it since', async () => {
  const [old, waiting, again] = await Promise.all(['a', 'b', 'c'].map((text) => addFile(api, Buffer.from(text), note)))
  for (const { id } of [old!, waiting!, again!]) await set(id, 'ready_at', 40)
  await useLongAgo(old!.id, 40, 'completed')
  await useLongAgo(waiting!.id, 40, 'processing')
  await useLongAgo(again!.id, 40, 'completed')
  expect((await api('POST', '/events', { type: 'nobody.listens', attachments: [again!.id] })).status).toBe(202)
  collect({ retentionDays: 30 })
  await eventually(() => isGone(old!.id))
  await eventually(async () => (await keysLeft(old!.id)).length === 0)
  expect(await isGone(waiting!.id)).toBe(false)
  expect(await isGone(again!.id)).toBe(false)
})

test('the files of a recipient go with them', async () => {
  await api('PUT', '/recipients/leaving', { email: 'leaving@example.com' })
  const theirs = await addFile(api, Buffer.from('mine'), { ...note, recipientId: 'leaving' })
  const picture = await addFile(api, png, { filename: 'face.png', contentType: 'image/png', recipientId: 'leaving' })
  const others = await addFile(api, Buffer.from('ours'), note)
  collect()
  await eventually(async () => (await keysLeft(picture.id)).some((key) => key.startsWith('thumbnails/')))
  expect((await api('DELETE', '/recipients/leaving')).status).toBeLessThan(300)
  for (const { id } of [theirs, picture]) {
    expect(await isGone(id)).toBe(true)
    await eventually(async () => (await keysLeft(id)).length === 0)
  }
  expect(await isGone(others.id)).toBe(false)
})

test('files that were for a recipient alone go with them; what others got, or is still on its way, stays', async () => {
  await api('PUT', '/recipients/alone', { email: 'alone@example.com' })
  const names = ['theirs', 'shared', 'hooked', 'waiting', 'unused'] as const
  const files = Object.fromEntries(await Promise.all(names.map(async (name) => [name, (await addFile(api, Buffer.from(name), note)).id])))
  const eventOf = async (name: string, state = 'completed'): Promise<string> => {
    await useLongAgo(files[name], 1, state)
    const { rows } = await platform.pool.query<{ id: string }>('SELECT event_id AS id FROM attachment_use WHERE attachment_id = $1', [
      uuidOf(files[name]),
    ])
    return rows[0]!.id
  }
  const notify = (eventId: string, recipientId: string) =>
    platform.pool.query(
      `INSERT INTO notification (workspace_id, id, event_id, delivery_id, recipient_id, workflow_key, workflow_version, step_id, channel, content)
       VALUES ($1, $2, $3, $2, $4, 'w', 1, 'mail', 'email', '{}')`,
      [platform.workspaceId, newUuid(), eventId, recipientId],
    )
  for (const name of ['theirs', 'shared', 'hooked']) await notify(await eventOf(name), 'alone')
  await notify(await eventOf('waiting', 'processing'), 'alone')
  const eventIdOf = async (name: string) =>
    (await platform.pool.query('SELECT event_id AS id FROM attachment_use WHERE attachment_id = $1', [uuidOf(files[name])])).rows[0].id
  await notify(await eventIdOf('shared'), 'another')
  await platform.pool.query(
    `INSERT INTO delivery (workspace_id, id, event_id, channel, source, endpoint_id, state) VALUES ($1, $2, $3, 'webhook', 'a hook', $4, 'delivered')`,
    [platform.workspaceId, newUuid(), await eventIdOf('hooked'), newUuid()],
  )
  collect()
  expect((await api('DELETE', '/recipients/alone')).status).toBeLessThan(300)
  const gone = await Promise.all(names.map((name) => isGone(files[name])))
  expect(gone).toEqual([true, false, false, false, false])
  await eventually(async () => (await keysLeft(files.theirs)).length === 0)
  expect((await api('GET', '/audit?subjectId=alone')).body.items[0]).toMatchObject({ action: 'recipient.delete', details: { files: 1 } })
})
