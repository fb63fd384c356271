// What people see of messages, recipients and mail who may only look, and that no filter or search of theirs tells them more.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LetterView } from '#shared/contracts/dead-letter.ts'
import type { Page } from '#shared/contracts/page.ts'
import type { Problem } from '#shared/contracts/problem.ts'
import { newUuid, publicId } from '#shared/ids.ts'
import { mask, redactText } from '#shared/redact.ts'
import { assembleApp, type App } from '../../server/utils/app.ts'
import { createApiClient, type ApiClient } from '../support/api-client.ts'
import { serveRoutes, type HttpHarness } from '../support/http-harness.ts'
import { addFile, sha256 } from '../support/files.ts'
import { addOperator, openBrowser, type Browser } from '../support/operators.ts'
import { createPathRows } from '../support/path-rows.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let folder: string
let platform: TestPlatform
let app: App
let http: HttpHarness
let api: ApiClient
let viewer: Browser
let operator: Browser
const ids = { event: '', waiting: '', died: '', dead: '', letter: '', waitingDelivery: '', mail: '', file: '' }

const address = 'ada.lovelace@example.com'
/** Each stands somewhere that a viewer must not look into. */
const fileBytes = Buffer.from('diagnosis-4711 of Lovelace')
const fileSum = sha256(fileBytes)
const secrets = [fileSum, address, 'Lovelace', 'diagnosis-4711', 'Results for Ada', '+49 170 1234567', 'gold-plan']
const content = { subject: 'Results for Ada', text: 'diagnosis-4711 of Lovelace', html: '<p>diagnosis-4711</p>' }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-masked-'))
  platform = await openTestPlatform({ environment: { SIGNALBOX_MAIL_CATCHER: '1', SIGNALBOX_DATA: folder } })
  app = assembleApp(platform)
  http = await serveRoutes(app)
  api = createApiClient(http.url, platform.apiKey)
  const rows = createPathRows(platform)
  await api.put('/recipients/ada', { email: address, phone: '+49 170 1234567', attributes: { plan: 'gold-plan' } })
  const event = await rows.accept({ type: 'lab.result', subject: `order/${address}`, data: { secretNote: 'diagnosis-4711' } })
  const plan = { channel: 'email', recipientId: 'ada', address, subject: content.subject, content } as const
  const written = await rows.fanOut(event, [plan, { ...plan, workflowKey: 'copy' }])
  await rows.attempt(written[1]!.deliveryId, { state: 'dead', errorCode: 'smtp-550', error: `550 no mailbox ${address} here` })
  ids.event = publicId('event', event)
  ids.waiting = publicId('notification', written[0]!.notificationId!)
  ids.waitingDelivery = publicId('delivery', written[0]!.deliveryId)
  ids.died = publicId('notification', written[1]!.notificationId!)
  ids.dead = publicId('delivery', written[1]!.deliveryId)
  ids.letter = (await api.get<Page<LetterView>>('/dead-letters?state=open')).body.items[0]!.id
  const mail = newUuid()
  ids.mail = publicId('mail', mail)
  await platform.pool.query(
    `INSERT INTO caught_mail (id, workspace_id, delivery_id, "from", "to", subject, text, html, headers, attachments)
     VALUES ($1, $2, $3, 'shop@example.org', $4, $5, $6, $7, $8, $9)`,
    [
      mail,
      platform.workspaceId,
      written[0]!.deliveryId,
      [address],
      content.subject,
      content.text,
      content.html,
      JSON.stringify({ to: address, subject: content.subject }),
      JSON.stringify([{ filename: 'Lovelace.pdf', contentType: 'application/pdf', size: 3, sha256: 'aa' }]),
    ],
  )
  const file = { filename: 'Results for Ada.txt', contentType: 'text/plain', sha256: fileSum }
  ids.file = (await addFile(api.call, fileBytes, file)).id
  viewer = openBrowser(http.url)
  await viewer.signIn(await addOperator(platform.pool, { roles: { [platform.workspaceId]: 'viewer' } }))
  operator = openBrowser(http.url)
  await operator.signIn(await addOperator(platform.pool, { roles: { [platform.workspaceId]: 'operator' } }))
})

afterAll(async () => {
  await http.close()
  await app.close()
  await rm(folder, { recursive: true, force: true })
})

/** Every answer in which a secret stands for those who may act. */
const readings = (): string[] => [
  '/notifications',
  `/notifications/${ids.waiting}`,
  `/notifications/${ids.died}`,
  '/deliveries?state=dead',
  `/deliveries/${ids.dead}`,
  '/events',
  `/events/${ids.event}`,
  '/mailbox',
  `/mailbox/${ids.mail}`,
  '/recipients',
  '/recipients/ada',
  '/attachments',
  `/attachments/${ids.file}`,
  '/queues/delivery-email/jobs',
  `/queues/delivery-email/jobs/${ids.waitingDelivery}`,
  '/explain?recipient=ada',
  `/explain?recipient=ada&event=${ids.event}`,
  `/explain?event=${ids.event}`,
  `/find?q=${ids.waiting}`,
  `/find?q=${ids.event}`,
  `/find?q=${ids.letter}`,
  `/find?q=${ids.mail}`,
  '/find?q=ada',
  `/dead-letters/${ids.letter}`,
]

const secretsIn = (text: string): string[] => secrets.filter((secret) => text.includes(secret))

describe('messages, recipients and mail', () => {
  it('have nothing of a person in them for viewers, in any answer', async () => {
    for (const path of readings()) {
      const [theirs, whole] = [await viewer.call('GET', path), await operator.call('GET', path)]
      expect([path, theirs.status, whole.status]).toEqual([path, 200, 200])
      expect([path, secretsIn(JSON.stringify(theirs.body))]).toEqual([path, []])
      expect([path, secretsIn(JSON.stringify(whole.body)).length > 0]).toEqual([path, true])
    }
  })

  it('say what they are all the same, and that they are masked', async () => {
    expect((await viewer.call('GET', `/notifications/${ids.died}`)).body).toMatchObject({
      masked: true,
      recipientId: 'ada',
      address: mask,
      subject: mask,
      content: { subject: mask, text: mask, html: mask },
      delivery: { state: 'dead', attempts: [{ outcome: 'give-up', error: `550 no mailbox ${mask} here` }] },
    })
    expect((await viewer.call('GET', `/mailbox/${ids.mail}`)).body).toMatchObject({
      masked: true,
      from: 'shop@example.org',
      to: [mask],
      subject: mask,
      html: mask,
      headers: {},
      attachments: [{ filename: mask, contentType: 'application/pdf', size: 3 }],
      deliveryId: ids.waitingDelivery,
    })
    expect((await viewer.call('GET', '/recipients/ada')).body).toMatchObject({ id: 'ada', email: mask, attributes: { plan: mask } })
    expect((await operator.call('GET', `/notifications/${ids.died}`)).body).toMatchObject({ masked: false, address, content })
    expect((await operator.call('GET', `/mailbox/${ids.mail}`)).body).toMatchObject({ masked: false, to: [address] })
  })

  it('are files as well: that there is one is shown, what it is called and what is in it is not', async () => {
    const { body } = await viewer.call('GET', `/attachments/${ids.file}`)
    expect(body).toMatchObject({ masked: true, filename: mask, sha256: mask, url: null, size: fileBytes.length, state: 'ready' })
    for (const part of ['content', 'thumbnail']) {
      const refused = await viewer.call<Problem>('GET', `/attachments/${ids.file}/${part}`)
      expect([refused.status, refused.body.detail]).toEqual([403, expect.stringContaining('needs the role operator')])
    }
    const whole = await operator.call('GET', `/attachments/${ids.file}`)
    expect(whole.body).toMatchObject({ masked: false, filename: 'Results for Ada.txt', sha256: fileSum })
    expect(Buffer.from(await (await fetch((whole.body as { url: string }).url)).arrayBuffer())).toEqual(fileBytes)
    expect((await api.get(`/attachments/${ids.file}`)).body).toMatchObject({ masked: false, url: expect.any(String) })
  })

  it('are whole for keys, which have sent them', async () => {
    const { body: made } = await api.post<{ secret: string }>('/api-keys', { name: 'reader', scopes: ['events:read', 'recipients'] })
    const of = async (path: string) => JSON.stringify((await api.get(path, made.secret)).body)
    for (const path of [`/notifications/${ids.died}`, `/mailbox/${ids.mail}`, '/recipients/ada', `/notifications?address=${address}`])
      expect([path, await of(path)]).toEqual([path, expect.stringContaining(address)])
  })
})

describe('a viewer who asks for what is masked', () => {
  it.each([
    `/notifications?address=${address}`,
    '/notifications?subject=Results',
    `/deliveries?address=${address}`,
    '/deliveries?subject=Results',
    `/events?subject=order/${address}`,
    `/mailbox?to=${address}`,
    '/mailbox?subject=Results',
    `/recipients?address=${address}`,
    '/notifications/search?q=diagnosis',
    '/search?kind=notification&q=diagnosis',
    '/search?kind=recipient&q=gold',
  ])('is told which role may: %s', async (path) => {
    const refused = await viewer.call<Problem>('GET', path)
    expect([refused.status, refused.body.detail]).toEqual([403, expect.stringContaining('needs the role operator')])
    expect((await operator.call('GET', path)).status).toBe(200)
  })

  it.each([
    ['a job by its payload', '/queues/delivery-email/jobs?q=diagnosis-4711', 1],
    ['a job by its subject', '/queues/delivery-email/jobs?q=Results', 1],
    ['a job by its address', '/queues/delivery-email/jobs?q=lovelace', 1],
    ['a file by its name', '/attachments?q=results', 1],
    ['a letter by its payload', '/dead-letters?q=diagnosis-4711', 1],
    ['a letter by an address in its error', `/dead-letters?q=${address}`, 1],
    ['a mail by its address', `/mailbox?recipient=${address}`, 1],
    ['a recipient by its address', `/find?q=${address}`, 1],
  ])('does not find %s', async (_, path, found) => {
    const [theirs, whole] = [await viewer.call<{ items: unknown[] }>('GET', path), await operator.call<{ items: unknown[] }>('GET', path)]
    expect([theirs.status, theirs.body.items]).toEqual([200, []])
    expect([whole.status, whole.body.items.length]).toEqual([200, found])
  })

  it.each([
    ['a job by its event type', '/queues/delivery-email/jobs?q=lab.res'],
    ['a job by its recipient', '/queues/delivery-email/jobs?q=ada'],
    ['a file by its type', '/attachments?q=text/pl'],
    ['a letter by its error', '/dead-letters?q=mailbox'],
    ['a mail by its recipient', '/mailbox?recipient=ada'],
    ['a recipient by its id', '/find?q=ad'],
    ['a message by its recipient', '/notifications?recipient=ada'],
    ['an event by its type', '/events?type=lab.result'],
  ])('finds %s, as it is shown', async (_, path) => {
    const { status, body } = await viewer.call<{ items: unknown[] }>('GET', path)
    expect([status, body.items.length > 0]).toEqual([200, true])
  })

  it('is not told who has an address', async () => {
    const path = `/explain?recipient=${address}`
    expect((await operator.call<{ recipientId: string }>('GET', path)).body.recipientId).toBe('ada')
    expect((await viewer.call<{ recipientId: string }>('GET', path)).body.recipientId).toBe(address)
  })
})

it('the database masks texts as the program does', async () => {
  const texts = [
    'nothing to see here, 42 of 4711',
    `550 no mailbox ${address} here, nor <b@c.de>, "d@e.fr"`,
    'token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_def!',
    'key sk-0123456789abcdef and ghp_0123456789abcdefXYZ, (xoxb-012345678901)',
    'AKIAABCDEFGHIJKLMNOP and xAKIAABCDEFGHIJKLMNOP',
    'authorization: Bearer abc.def-ghi= refused',
    'card 4111 1111 1111 1111 declined; 4111-1111-1111-1111',
    'IBAN DE89370400440532013000 unknown',
    'call +49 (170) 1234567 now; 1.+49 170 1234567',
    'é4111111111111111 ÄDE89370400440532013000',
    '-----BEGIN PRIVATE KEY-----\nabc\ndef\n-----END PRIVATE KEY-----',
    '',
  ]
  const { rows } = await platform.pool.query<{ text: string }>(
    'SELECT search.visible_of(t) AS text FROM unnest($1::text[]) WITH ORDINALITY AS x(t, n) ORDER BY n',
    [texts],
  )
  expect(rows.map((row) => row.text)).toEqual(texts.map(redactText))
})
