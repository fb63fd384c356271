// The lines of the map. Order of choice: straight along a row; one trunk out of the relay; data access in the free corridors above and
// below, one line for each pair of groups; dead letters leave at the right border of each lane, so that no line crosses a lane.
import { channels } from '../contracts/event-states.ts'
import type { QueueName } from '../jobs/queues.ts'
import {
  dispatchMeasure,
  lettersMeasure,
  objectStoreMeasure,
  providerMeasure,
  relayMeasure,
  searchMeasure,
  serveMeasure,
} from './measures.ts'
import { apiNodes, rows } from './nodes.ts'
import type { DeclaredEdge, EdgeKind, EdgeLabel, Point } from './types.ts'

const at = (x: number, y: number): Point => ({ x, y })
const above = (x: number, y: number, rateOnly = false): EdgeLabel => ({ x, y, place: 'above', ...(rateOnly ? { rateOnly } : {}) })
const beside = (x: number, y: number): EdgeLabel => ({ x, y, place: 'beside' })

function edge(
  kind: EdgeKind,
  from: string,
  to: string,
  points: Point[],
  measures: readonly string[],
  label: EdgeLabel | null,
  carries: string,
): DeclaredEdge {
  return { id: `${from}>${to}`, from, to, kind, points, measures, label, carries }
}

/** Into the gateway, through its stages, into Postgres and out to the relay. */
function gateway(apiNames: readonly string[]): DeclaredEdge[] {
  const instances = apiNodes(apiNames)
  const api = instances[0]?.id as string
  return [
    edge('http', 'clients', api, [at(118, 211), at(280, 211)], ['http.accept', 'http.other'], above(199, 211), 'events and API calls'),
    edge('http', 'clients', 'nginx', [at(65, 185), at(65, 132), at(160, 132)], [], null, 'the same, where a balancer stands in front'),
    edge('http', 'nginx', api, [at(252, 132), at(342, 132), at(342, 160)], [], null, 'the same, where a balancer stands in front'),
    edge('http', 'browsers', api, [at(118, 287), at(280, 287)], ['http.inbox', 'http.console'], above(199, 287), 'inbox and console calls'),
    edge('queue', 'kafka', 'validation', [at(118, 438), at(290, 438)], [], above(200, 438), 'events from a topic'),
    ...instances.map((node) => {
      const x = node.x + node.width / 2
      const label = node === instances.at(-1) ? beside(x, 253) : null
      return edge('auth', node.id, 'auth', [at(x, 234), at(x, 272)], node.measures, label, 'requests to authenticate')
    }),
    edge('auth', 'auth', 'limits', [at(342, 316), at(342, 344)], ['auth'], beside(342, 330), 'authenticated requests'),
    edge('validation', 'limits', 'validation', [at(342, 388), at(342, 416)], ['validation'], beside(342, 402), 'bodies to check'),
    edge(
      'data',
      'validation',
      'postgres',
      [at(394, 438), at(452, 438)],
      ['accept.commit'],
      above(423, 438),
      'events and outbox rows, one commit for many',
    ),
    edge('data', 'postgres', 'outbox', [at(500, 410), at(500, 376)], ['postgres.accept'], null, 'rows in the same transaction'),
    edge(
      'queue',
      'outbox',
      'relay',
      [at(524, 328), at(524, 282)],
      [relayMeasure],
      { ...beside(484, 292), rateOnly: true },
      'work that is due',
    ),
  ]
}

const stores: DeclaredEdge[] = [
  edge(
    'data',
    'validation',
    'object-store',
    [at(342, 460), at(342, 502), at(224, 502), at(224, 554)],
    [objectStoreMeasure],
    beside(224, 515),
    'attachments',
  ),
  edge('data', 'validation', 'redis', [at(342, 460), at(342, 554)], ['redis'], beside(342, 515), 'hand-over and limits'),
  edge(
    'data',
    'validation',
    'search',
    [at(342, 460), at(342, 502), at(472, 502), at(472, 554)],
    [searchMeasure],
    beside(472, 515),
    'searches',
  ),
]

const middle = (name: QueueName): number => rows[name] + 26

/** Where each branch leaves the relay and turns: side by side, so that none crosses another. */
const trunk: Record<QueueName, { y: number; x: number } | null> = {
  'fan-out': { y: 240, x: 562 },
  'delivery-in-app': { y: 248, x: 572 },
  'delivery-email': null,
  'delivery-webhook': { y: 264, x: 572 },
  replay: { y: 272, x: 562 },
}

function branch(name: QueueName): DeclaredEdge {
  const turn = trunk[name]
  const end = at(624, middle(name))
  const points = turn ? [at(548, turn.y), at(turn.x, turn.y), at(turn.x, end.y), end] : [at(548, end.y), end]
  return {
    ...edge('queue', 'relay', `queue:${name}`, points, [dispatchMeasure(name)], above(605, end.y, true), `work for ${name}`),
    countedWith: serveMeasure(name),
  }
}

function take(name: QueueName): DeclaredEdge {
  const y = middle(name)
  return edge(
    'queue',
    `queue:${name}`,
    `workers:${name}`,
    [at(754, y), at(790, y)],
    [serveMeasure(name)],
    above(772, y, true),
    'chunks of row ids',
  )
}

function send(name: QueueName, to: string, measure: string, carries: string): DeclaredEdge {
  const y = middle(name)
  return edge('http', `workers:${name}`, to, [at(868, y), at(916, y)], [measure], above(892, y), carries)
}

const buried: readonly string[] = ['pipeline', ...channels].map(lettersMeasure)

/** Where a lane's dead letters leave, at its right border, for the rail that collects them. */
function bury(name: QueueName, letters: string): DeclaredEdge {
  const y = middle(name)
  const points = [at(1034, y), at(1046, y), at(1046, 591), at(1024, 591)]
  // One figure for the whole rail.
  const label = name === 'fan-out' ? { ...above(1024, 540, true), sums: buried } : null
  const line = edge('queue', `workers:${name}`, 'letters', points, [lettersMeasure(letters)], label, 'what failed for good')
  return label ? line : { ...line, joinsAfter: 2 }
}

const lanes: DeclaredEdge[] = [
  ...(Object.keys(rows) as QueueName[]).flatMap((name) => [branch(name), take(name)]),
  send('fan-out', 'inboxes', providerMeasure('in-app'), 'messages written with the fan-out'),
  send('delivery-in-app', 'inboxes', serveMeasure('delivery-in-app'), 'messages sent again'),
  send('delivery-email', 'mail', providerMeasure('email'), 'mails over SMTP'),
  send('delivery-webhook', 'endpoints', providerMeasure('webhook'), 'signed webhooks'),
  bury('fan-out', 'pipeline'),
  bury('delivery-in-app', 'in-app'),
  bury('delivery-email', 'email'),
  bury('delivery-webhook', 'webhook'),
  edge(
    'data',
    'workers:replay',
    'letters',
    [at(868, 456), at(952, 456), at(952, 564)],
    [serveMeasure('replay')],
    beside(952, 512),
    'letters to send again',
  ),
  edge(
    'data',
    'workers:fan-out',
    'outbox',
    [at(829, 70), at(829, 22), at(424, 22), at(424, 352), at(452, 352)],
    ['postgres.workers'],
    { x: 628, y: 22, place: 'chip', text: 'rows written by all workers' },
    'notifications, deliveries, attempts and results of all workers',
  ),
]

export function edgesFor(apiNames: readonly string[]): DeclaredEdge[] {
  return [...gateway(apiNames), ...stores, ...lanes]
}
