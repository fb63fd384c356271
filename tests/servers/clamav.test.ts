// ClamAV's own clamd behind the checks of files: what is clean, what is not, what is too long for it, and a daemon that dies meanwhile.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createVirusScanner, ScannerUnavailable } from '#platform/virus-scanner/index.ts'
import { startFileCollector, type FileCollector } from '#services/attachments/index.ts'
import { assembleApp, type App } from '../../server/utils/app.ts'
import { eicarTestFile } from '../../tools/launcher/embedded-clamav.ts'
import { createApiClient, type ApiCall } from '../support/api-client.ts'
import { eventually } from '../support/eventually.ts'
import { addFile, fileBytes } from '../support/files.ts'
import { serveRoutes, type HttpHarness } from '../support/http-harness.ts'
import { startClamav, type RealClamav } from '../support/real-servers.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let folder: string
let clamav: RealClamav
let platform: TestPlatform
let app: App
let http: HttpHarness
let api: ApiCall
let collector: FileCollector

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-clamav-'))
  clamav = await startClamav({ streamMaxMegabytes: 8 })
  platform = await openTestPlatform({ environment: { SIGNALBOX_DATA: folder, CLAMAV_URL: clamav.url } })
  app = assembleApp(platform)
  http = await serveRoutes(app)
  api = createApiClient(http.url, platform.apiKey).call
  const { pool, log, config } = platform
  const scanner = createVirusScanner(clamav.url)
  collector = startFileCollector({ pool, log, store: app.objectStore, scanner, url: config.DATABASE_URL!, unusedDays: 0, retentionDays: 0 })
})
afterAll(async () => {
  await collector?.close()
  await http?.close()
  await app?.close()
  await clamav?.stop()
  await rm(folder, { recursive: true, force: true })
})

const note = { filename: 'notes.txt', contentType: 'application/octet-stream' }
const stateOf = async (id: string): Promise<string> => (await api('GET', `/attachments/${id}`)).body.state
const malwareCheck = (file: { checks: { name: string }[] }) => file.checks.find(({ name }) => name === 'malware')

test('a file without malware is ready, and one with it is rejected with its name', async () => {
  const clean = await addFile(api, fileBytes(3 * 1024 * 1024), note)
  expect(clean.state).toBe('ready')
  expect(malwareCheck(clean)).toMatchObject({ outcome: 'passed' })
  const bad = await addFile(api, eicarTestFile, note)
  expect(bad).toMatchObject({ state: 'rejected', reason: expect.stringContaining('Signalbox.Eicar-Test') })
  // In the middle of others, over a border of chunks.
  const hidden = await addFile(api, Buffer.concat([Buffer.alloc(65_536 - 30, 32), eicarTestFile, Buffer.alloc(100_000, 32)]), note)
  expect(hidden.state).toBe('rejected')
})

test('a file that is longer than the daemon takes is rejected, and says what to set', async () => {
  const { id } = await addFile(api, fileBytes(12 * 1024 * 1024), note)
  // It says so and closes the connection at once: where that overtakes the answer, the file is checked again.
  await eventually(async () => (await stateOf(id)) !== 'checking', { timeoutMs: 90_000 })
  const { body } = await api('GET', `/attachments/${id}`)
  expect(body).toMatchObject({ state: 'rejected', reason: expect.stringContaining('StreamMaxLength') })
})

test('a daemon that is killed in the middle of a scan gives no verdict', async () => {
  const scan = await createVirusScanner(clamav.url).begin()
  await scan.write(Buffer.alloc(1_000_000))
  await clamav.kill()
  // Until the socket has heard of it, what is written may still be taken.
  await expect(scan.end()).rejects.toBeInstanceOf(ScannerUnavailable)
  scan.close()

  const file = await addFile(api, Buffer.from('hello'), note)
  expect(file).toMatchObject({ state: 'checking', reason: 'waits for the virus scanner' })
  const bad = await addFile(api, eicarTestFile, note)
  await clamav.restart()
  await eventually(async () => (await stateOf(file.id)) === 'ready' && (await stateOf(bad.id)) === 'rejected', { timeoutMs: 90_000 })
})
