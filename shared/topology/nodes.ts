// The places of the map, in the order of the flow: focus follows this order.
import { queues, type QueueName } from '../jobs/queues.ts'
import {
  apiMeasure,
  arriveMeasure,
  dispatchMeasure,
  indexMeasure,
  lettersMeasure,
  objectStoreMeasure,
  providerMeasure,
  relayMeasure,
  retriesMeasure,
  routesCacheMeasure,
  searchMeasure,
  serveMeasure,
} from './measures.ts'
import type { AreaId, DeclaredNode } from './types.ts'

/** The top edge of each queue's row. A queue without a row does not compile. */
export const rows: Record<QueueName, number> = {
  'fan-out': 70,
  'delivery-in-app': 130,
  'delivery-email': 230,
  'delivery-webhook': 330,
  replay: 430,
}
const laneOf: Record<QueueName, AreaId> = {
  'fan-out': 'fan-out',
  'delivery-in-app': 'fan-out',
  'delivery-email': 'email',
  'delivery-webhook': 'webhook',
  replay: 'replay',
}

const clients: DeclaredNode[] = [
  {
    id: 'clients',
    kind: 'client',
    title: 'API clients',
    icon: 'i-lucide-terminal',
    area: null,
    x: 12,
    y: 185,
    width: 106,
    height: 52,
    purpose: 'Programs that send events with an API key.',
    measures: ['http.accept', 'http.other'],
    actions: ['open-events', 'open-api-keys', 'edit-thresholds'],
  },
  {
    id: 'nginx',
    kind: 'process',
    title: 'nginx',
    mono: true,
    icon: 'i-lucide-split',
    area: null,
    x: 160,
    y: 112,
    width: 92,
    height: 40,
    purpose: 'Balances over several machines where one is put in front. Signalbox cannot see into it: what passes is counted at the API.',
    measures: [],
    actions: [],
    absent: 'not measured',
  },
  {
    id: 'browsers',
    kind: 'client',
    title: 'Browsers',
    icon: 'i-lucide-monitor',
    area: null,
    x: 12,
    y: 261,
    width: 106,
    height: 52,
    purpose: 'This console, and inboxes in the pages of your product.',
    measures: ['http.inbox', 'http.console'],
    actions: ['edit-thresholds'],
  },
  {
    id: 'kafka',
    kind: 'client',
    title: 'Kafka in',
    icon: 'i-lucide-waypoints',
    area: null,
    x: 12,
    y: 412,
    width: 106,
    height: 52,
    purpose: 'Events taken from a topic instead of over HTTP.',
    measures: [],
    actions: [],
    absent: 'not connected',
  },
]

/** Instances of the API stand side by side; from the third on, the rest share a place. */
export function apiNodes(names: readonly string[]): DeclaredNode[] {
  const instances = names.length ? names : ['api-1']
  const groups = instances.length <= 2 ? instances.map((name) => [name]) : [[instances[0] as string], instances.slice(1)]
  const width = groups.length === 1 ? 104 : 50
  return groups.map((processes, index) => ({
    id: processes.length === 1 ? `api:${processes[0]}` : 'api:others',
    kind: 'process',
    title: processes.length === 1 ? (processes[0] as string) : `+${processes.length}`,
    mono: true,
    icon: 'i-lucide-server',
    area: 'api',
    x: 290 + index * 54,
    y: 188,
    width,
    height: 46,
    purpose: 'Takes requests, makes events durable, hands over what has room at once.',
    measures: processes.map(apiMeasure),
    actions: ['open-workers', 'edit-thresholds'],
    processes,
  }))
}

const path: DeclaredNode[] = [
  stage('auth', 'Auth', 'i-lucide-key-round', 272, 'Finds the key by its hash, checks its scope and its workspace.'),
  stage(
    'limits',
    'Limits',
    'i-lucide-timer',
    344,
    'Keeps a key to its own limit, and the instance to what it can take: the rest gets 429 or 503 with a time.',
  ),
  stage('validation', 'Validation', 'i-lucide-shield-check', 416, 'Reads the body and holds it against the contract.'),
  {
    id: 'postgres',
    kind: 'store',
    title: 'Postgres',
    icon: 'i-lucide-database',
    area: 'postgres',
    x: 452,
    y: 410,
    width: 96,
    height: 56,
    purpose: 'The truth. Every event, delivery and attempt is here before anyone is told.',
    measures: ['postgres.accept', 'postgres.read', 'postgres.workers', 'accept.commit'],
    actions: ['edit-thresholds'],
  },
  {
    id: 'outbox',
    kind: 'store',
    title: 'outbox',
    mono: true,
    icon: 'i-lucide-inbox',
    area: 'postgres',
    x: 452,
    y: 328,
    width: 96,
    height: 48,
    purpose: 'One row for each piece of work that is not done. It goes in the transaction that records the effect.',
    measures: [],
    actions: ['edit-thresholds'],
  },
  {
    id: 'relay',
    kind: 'process',
    title: 'relay',
    mono: true,
    icon: 'i-lucide-git-fork',
    area: null,
    x: 452,
    y: 230,
    width: 96,
    height: 52,
    purpose: 'Hands over what nobody holds: retries, schedules, passed leases, overflow. Lanes in turn, so that nobody starves.',
    measures: [relayMeasure],
    actions: ['open-workers', 'edit-thresholds'],
  },
]

function stage(id: string, title: string, icon: string, y: number, purpose: string): DeclaredNode {
  const place = { x: 290, y, width: 104, height: 44 }
  return { id, kind: 'stage', title, icon, area: 'api', ...place, purpose, measures: [id], actions: ['edit-thresholds'] }
}

const stores: DeclaredNode[] = [
  {
    ...store('object-store', 'Object store', 'i-lucide-archive', 168, 'Keeps attachments: in a folder of this machine, or in any S3.'),
    measures: [objectStoreMeasure],
  },
  {
    ...store('redis', 'Redis', 'i-lucide-hard-drive', 292, 'Hands out the work. Nothing in it is needed to recover.'),
    measures: ['redis'],
  },
  {
    ...store(
      'search',
      'Search',
      'i-lucide-search',
      416,
      'Finds notifications, dead letters and recipients by words, and by meaning where it can.',
    ),
    measures: [searchMeasure, indexMeasure],
  },
]

function store(id: string, title: string, icon: string, x: number, purpose: string): DeclaredNode {
  const place = { x, y: 554, width: 112, height: 48 }
  return {
    id,
    kind: 'store',
    title,
    icon,
    area: 'stores',
    ...place,
    purpose,
    measures: [],
    actions: id === 'search' ? [] : ['edit-thresholds'],
  }
}

/** A queue and its workers, for every queue there is. */
export function queueNodes(name: QueueName): DeclaredNode[] {
  const area = laneOf[name]
  const y = rows[name]
  return [
    {
      id: `queue:${name}`,
      kind: 'queue',
      title: name,
      mono: true,
      icon: 'i-lucide-layers',
      area,
      x: 624,
      y,
      width: 130,
      height: 52,
      purpose: queues[name].purpose,
      measures: [arriveMeasure(name), dispatchMeasure(name), serveMeasure(name)],
      actions: ['open-queue', 'pause-queue', 'set-concurrency', 'edit-thresholds'],
      queue: name,
    },
    {
      id: `workers:${name}`,
      kind: 'workers',
      title: 'workers',
      icon: 'i-lucide-cpu',
      area,
      x: 790,
      y,
      width: 78,
      height: 52,
      purpose: `Processes that take from ${name}, and how many of their slots are in use.`,
      measures: name === 'fan-out' ? [serveMeasure(name), routesCacheMeasure] : [serveMeasure(name)],
      actions: ['open-workers', 'set-concurrency'],
      queue: name,
    },
  ]
}

const providers: DeclaredNode[] = [
  {
    id: 'inboxes',
    kind: 'provider',
    title: 'Inboxes',
    icon: 'i-lucide-bell',
    area: 'fan-out',
    x: 916,
    y: 70,
    width: 108,
    height: 112,
    purpose: 'In-app messages, numbered without gaps for each recipient.',
    measures: [providerMeasure('in-app'), retriesMeasure('in-app')],
    actions: ['hold-provider', 'edit-thresholds'],
    channel: 'in-app',
  },
  {
    id: 'mail',
    kind: 'provider',
    title: 'SMTP',
    icon: 'i-lucide-mail',
    area: 'email',
    x: 916,
    y: 228,
    width: 108,
    height: 56,
    purpose: 'The mail server that takes our mail; the built-in catcher while none is configured.',
    measures: [providerMeasure('email'), retriesMeasure('email')],
    actions: ['hold-provider', 'edit-thresholds'],
    channel: 'email',
  },
  {
    id: 'endpoints',
    kind: 'provider',
    title: 'Endpoints',
    icon: 'i-lucide-webhook',
    area: 'webhook',
    x: 916,
    y: 328,
    width: 108,
    height: 56,
    purpose: "Customers' servers. Each has its own lane and its own limit, so that a dead one slows nobody else.",
    measures: [providerMeasure('webhook'), retriesMeasure('webhook')],
    actions: ['hold-endpoint', 'hold-provider', 'open-endpoints', 'edit-thresholds'],
    channel: 'webhook',
  },
]

const sink: DeclaredNode = {
  id: 'letters',
  kind: 'sink',
  title: 'Dead letters',
  icon: 'i-lucide-mail-x',
  area: null,
  x: 880,
  y: 564,
  width: 144,
  height: 54,
  purpose: 'What failed for good, grouped by cause, kept until a person sends it again or discards it.',
  measures: ['pipeline', 'in-app', 'email', 'webhook'].map(lettersMeasure),
  actions: ['replay-letters', 'open-letters', 'edit-thresholds'],
}

export function nodesFor(apiNames: readonly string[]): DeclaredNode[] {
  return [
    ...clients,
    ...apiNodes(apiNames),
    ...path,
    ...stores,
    ...(Object.keys(queues) as QueueName[]).flatMap(queueNodes),
    ...providers,
    sink,
  ]
}
