import { expect, test } from 'vitest'
import { queues as definitions } from '#shared/jobs/queues.ts'
import { intoChunks } from './into-chunks.rules.ts'

const row = (id: string, lane: string, more: { priority?: number; dueInMs?: number } = {}) => ({
  ...{ id, lane, n: 1, priority: 0, dueInMs: 0 },
  ...more,
})
const idsOf = (rows: ReturnType<typeof row>[]) =>
  intoChunks('delivery-webhook', rows).map((chunk) => chunk.rows.map(({ id }) => id).join(' '))

test('due rows of a lane share a job, those of high priority first, then the oldest', () => {
  expect(idsOf([row('c', 'x'), row('a', 'x'), row('d', 'x', { priority: 1 }), row('b', 'x', { priority: -1 })])).toEqual(['d a c b'])
})

test('lanes take turns', () => {
  const size = definitions['delivery-webhook'].chunkRows
  const many = Array.from({ length: 2 * size + 1 }, (_, i) => row(`x${String(i).padStart(4, '0')}`, 'x'))
  const chunks = intoChunks('delivery-webhook', [...many, row('y1', 'y')])
  expect(chunks.map((chunk) => [chunk.rows[0]!.id[0], chunk.rows.length])).toEqual([
    ['x', size],
    ['y', 1],
    ['x', size],
    ['x', 1],
  ])
})

test('what is due later goes by its own moment', () => {
  const chunks = intoChunks('delivery-webhook', [
    row('a', 'x', { dueInMs: 40.2 }),
    row('b', 'x', { dueInMs: 40.7 }),
    row('c', 'x', { dueInMs: 900 }),
    row('d', 'x'),
  ])
  expect(chunks.map((chunk) => [chunk.rows.map(({ id }) => id).join(' '), chunk.delayMs])).toEqual([
    ['d', 0],
    ['a b', 41],
    ['c', 900],
  ])
})
