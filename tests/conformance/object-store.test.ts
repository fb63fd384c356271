import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { createDiskStore, type DiskStore } from '#platform/object-store/index.ts'
import { answerFile } from '../../server/utils/answer-file.ts'
import { eventually } from '../support/eventually.ts'
import { holdObjectStore, type Place } from './object-store.ts'

/** The disk store with the app's own way of serving its URLs. */
async function openDisk(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-objects-'))
  const store: DiskStore = createDiskStore({ folder, secret: 'a secret of the tests, long enough for the schema' })
  const server: Server = createServer((req, res) => void answerFile(store, (req.url ?? '').slice('/files/'.length), req, res))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    store,
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      // What was cut off is cleared away a moment after its connection.
      await eventually(async () => {
        expect(await readdir(join(folder, 'incoming')), 'half uploads stay behind').toEqual([])
        return true
      })
      await rm(folder, { recursive: true, force: true })
    },
  }
}

holdObjectStore('disk', openDisk)
