// One thing of every kind in a workspace, for tests of who may reach it: public ids by what paths call them.
import type { Pool } from '#platform/postgres/index.ts'
import { newUuid, publicId } from '#shared/ids.ts'
import type { ApiCall } from './api-client.ts'
import { addOperator } from './operators.ts'

/** First segment of the path under /api/v1 -> id. */
export async function addOneOfEach(pool: Pool, workspaceId: string, api: ApiCall): Promise<Record<string, string>> {
  const made = async (method: string, path: string, body: unknown): Promise<any> => {
    const answer = await api(method, path, body)
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const event = (await made('POST', '/events', { type: 'a.b', recipients: ['u1'] })) as { id: string }
  const endpoint = (await made('POST', '/endpoints', { url: 'https://example.com/hook', eventTypes: ['x'] })) as { id: string }
  await made('PUT', '/recipients/u1', {})
  await made('PUT', '/topics/t1', { name: 'T' })
  const template = { title: 'Hi', body: 'x' }
  await made('PUT', '/workflows/w1', {
    name: 'W',
    eventType: 'a.b',
    steps: [{ id: 'bell', type: 'channel', channel: 'in-app', template }],
  })
  const key = (await made('POST', '/api-keys', { name: 'k', scopes: ['recipients'] })) as { id: string }
  const file = (await made('POST', '/attachments', { filename: 'a.txt', contentType: 'text/plain', size: 1 })) as { id: string }
  const operator = await addOperator(pool, { roles: { [workspaceId]: 'viewer' } })

  const [notification, delivery, cause, letter, replay, mail] = Array.from({ length: 6 }, newUuid) as [string, ...string[]]
  const insert = (table: string, row: Record<string, unknown>) => {
    const names = Object.keys(row)
    return pool.query(
      `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map((_, at) => `$${at + 1}`).join(', ')})`,
      Object.values(row),
    )
  }
  const ofLetter = { type: 'a.b', acceptedAt: null, data: null, recipients: null, source: null, subject: null, audience: null }
  const snapshot = { event: ofLetter, content: null, address: null, override: null }
  const of = { workspace_id: workspaceId }
  await insert('notification', {
    ...of,
    id: notification,
    event_id: newUuid(),
    delivery_id: delivery,
    recipient_id: 'u1',
    workflow_key: 'w1',
    workflow_version: 1,
    step_id: 'bell',
    channel: 'email',
    content: '{}',
  })
  await insert('delivery', { ...of, id: delivery, event_id: newUuid(), channel: 'email', source: 'w1', state: 'dead' })
  await insert('cause', {
    ...of,
    id: cause,
    fingerprint: 'f',
    title: 't',
    kind: 'delivery-exhausted',
    error_code: 'x',
    channels: '{}',
    sample_id: letter,
  })
  await insert('dead_letter', {
    ...of,
    id: letter,
    kind: 'delivery-exhausted',
    cause_id: cause,
    event_id: newUuid(),
    event_type: 'a.b',
    error_code: 'x',
    error_message: 'x',
    attempts: 1,
    snapshot: JSON.stringify(snapshot),
  })
  await insert('replay', { ...of, id: replay, state: 'completed', filter: '{}', cutoff_id: newUuid(), reason: 'r', started_by: 's' })
  await insert('caught_mail', { ...of, id: mail, '"from"': 'a', '"to"': '{b}', subject: 's', text: 't', headers: '{}', attachments: '[]' })
  return {
    events: event.id,
    endpoints: endpoint.id,
    recipients: 'u1',
    topics: 't1',
    workflows: 'w1',
    'api-keys': key.id,
    operators: operator.id,
    attachments: file.id,
    notifications: publicId('notification', notification),
    deliveries: publicId('delivery', delivery!),
    'dead-letters': publicId('deadLetter', letter!),
    replays: publicId('replay', replay!),
    mailbox: publicId('mail', mail!),
  }
}
