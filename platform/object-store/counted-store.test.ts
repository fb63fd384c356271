import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createCounters } from '#platform/telemetry/counters.ts'
import { countStore } from './counted-store.ts'
import { createDiskStore, type DiskStore } from './disk-store.ts'

let folder: string
let store: DiskStore
const counters = createCounters()
const counts = () => {
  const { count, errors, buckets } = counters.places().get(folder)!
  return { count, errors, timed: buckets.reduce((sum, each) => sum + each, 0) }
}
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'counted-store-'))
  store = countStore(createDiskStore({ folder: join(folder, 'files'), secret: 'a secret of the test' }), counters.place(folder))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

it('counts what is asked with its time, and that something is missing is an answer', async () => {
  await store.write('ws/one', Buffer.from('bytes'), 'text/plain')
  expect(await text(await store.read('ws/one'))).toBe('bytes')
  expect(await store.find('ws/two')).toBeNull()
  await expect(store.read('ws/two')).rejects.toMatchObject({ trouble: 'missing' })
  expect(counts()).toEqual({ count: 4, errors: 0, timed: 4 })
})

it('counts no signature, and an upload without the time of its client', async () => {
  const ticket = await store.signUpload({
    key: 'ws/up',
    contentType: 'text/plain',
    size: 5,
    expiresAt: new Date(Date.now() + 60_000),
    origin: 'http://box',
  })
  const grant = store.served.readGrant(new URL(ticket.url).pathname.split('/').at(-1)!)
  expect(counts()).toEqual({ count: 0, errors: 0, timed: 0 })
  await store.served.receive(grant as never, Readable.from([Buffer.from('bytes')]))
  expect(counts()).toEqual({ count: 1, errors: 0, timed: 0 })
})

it('counts a store that does not answer as an error', async () => {
  // Where the folder should be lies a file.
  await writeFile(join(folder, 'files'), '')
  await expect(store.write('ws/one', Buffer.from('x'), 'text/plain')).rejects.toThrow()
  await expect(store.check()).rejects.toThrow()
  expect(counts()).toMatchObject({ count: 1 })
})
