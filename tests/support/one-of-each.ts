// One thing of every kind in a workspace, for tests of who may reach it.
import type { Operation } from '#shared/contracts/operations/operation.ts'
import type { Pool } from '#platform/postgres/index.ts'
import { newUuid, parsePublicId, publicId } from '#shared/ids.ts'
import type { ApiCall } from './api-client.ts'
import { addOperator } from './operators.ts'

/** What stands before a parameter in paths under /api/v1 -> the id of that thing: `events`, `dead-letters/causes`. */
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

  const view = (await made('POST', '/saved-views', { page: 'dead-letters', name: 'mine', query: {} })) as { id: string }

  const [notification, delivery, cause, letter, replay, mail, discard, operation] = Array.from({ length: 8 }, newUuid) as [
    string,
    ...string[],
  ]
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
  const ofEvent = { event_id: parsePublicId('event', event.id) }
  await insert('notification', {
    ...of,
    ...ofEvent,
    id: notification,
    delivery_id: delivery,
    recipient_id: 'u1',
    workflow_key: 'w1',
    workflow_version: 1,
    step_id: 'bell',
    channel: 'email',
    content: '{}',
  })
  await insert('delivery', {
    ...of,
    ...ofEvent,
    id: delivery,
    notification_id: notification,
    channel: 'email',
    source: 'w1',
    state: 'dead',
  })
  await insert('cause', {
    ...of,
    id: cause,
    fingerprint: 'f',
    title: 't',
    kind: 'delivery-exhausted',
    error_code: 'x',
    letters: 1,
    open_letters: 1,
    channels: '{email}',
    sample_id: letter,
  })
  await insert('dead_letter', {
    ...of,
    id: letter,
    kind: 'delivery-exhausted',
    ...ofEvent,
    cause_id: cause,
    event_type: 'a.b',
    error_code: 'x',
    error_message: 'x',
    attempts: 1,
    snapshot: JSON.stringify(snapshot),
  })
  await insert('replay', { ...of, id: replay, state: 'completed', filter: '{}', cutoff_id: newUuid(), reason: 'r', started_by: 's' })
  await insert('letter_discard', { ...of, id: discard, filter: '{}', reason: 'r', discarded_by: 'd', letters: 1 })
  await insert('job_operation', {
    ...of,
    id: operation,
    queue: 'fan-out',
    action: 'remove',
    filter: JSON.stringify({ shown: {} }),
    state: 'running',
    cutoff_id: newUuid(),
    as_of: new Date(),
    total: 1,
    reason: 'r',
    started_by: 's',
  })
  await insert('caught_mail', { ...of, id: mail, '"from"': 'a', '"to"': '{b}', subject: 's', text: 't', headers: '{}', attachments: '[]' })
  return {
    events: event.id,
    endpoints: endpoint.id,
    recipients: 'u1',
    topics: 't1',
    'topics/t1/members': 'u1',
    workflows: 'w1',
    'api-keys': key.id,
    operators: operator.id,
    [`operators/${operator.id}/workspaces`]: publicId('workspace', workspaceId),
    attachments: file.id,
    notifications: publicId('notification', notification),
    deliveries: publicId('delivery', delivery!),
    'dead-letters': publicId('deadLetter', letter!),
    'dead-letters/causes': publicId('cause', cause!),
    'dead-letters/discards': publicId('discard', discard!),
    queues: 'fan-out',
    'queues/fan-out/jobs': event.id,
    'queues/fan-out/job-operations': publicId('jobOperation', operation!),
    'saved-views': view.id,
    replays: publicId('replay', replay!),
    mailbox: publicId('mail', mail!),
  }
}

/** The operation's path with the ids of these things; undefined when there is no thing for one of its parameters. */
export function pathWith(things: Record<string, string>, op: Pick<Operation, 'path'>): string | undefined {
  const filled: string[] = []
  for (const part of op.path.split('/').slice(3)) {
    const id = part.startsWith('{') ? things[filled.join('/')] : part
    if (id === undefined) return undefined
    filled.push(id)
  }
  return `/${filled.join('/')}`
}
