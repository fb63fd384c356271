import type { DeclaredArea } from './types.ts'

/** The world that a map at 100% shows whole. */
export const world = { width: 1064, height: 640 }

/** Soft groups. A lane is a channel: its title is where its health is said. */
export const areas: readonly DeclaredArea[] = [
  { id: 'api', title: 'API', note: 'gateway', x: 280, y: 160, width: 124, height: 316, queues: [] },
  { id: 'postgres', title: 'Postgres', x: 444, y: 302, width: 112, height: 176, queues: [] },
  { id: 'stores', title: 'Stores', x: 156, y: 526, width: 384, height: 92, queues: [] },
  { id: 'fan-out', title: 'Fan-out and in-app', x: 586, y: 44, width: 448, height: 148, queues: ['fan-out', 'delivery-in-app'] },
  { id: 'email', title: 'Email', x: 586, y: 204, width: 448, height: 88, queues: ['delivery-email'] },
  { id: 'webhook', title: 'Webhook', x: 586, y: 304, width: 448, height: 88, queues: ['delivery-webhook'] },
  { id: 'replay', title: 'Replays', x: 586, y: 404, width: 448, height: 88, queues: ['replay'] },
]
