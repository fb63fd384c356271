import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { takeInstanceLock } from './instance-lock.ts'
import { processIdentity } from './process-identity.ts'
import { readJson } from './state-file.ts'

let folder: string
const said: string[] = []
const say = (line: string) => void said.push(line)
const take = () => takeInstanceLock(folder, 'http://localhost:3000', say)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-lock-'))
  said.length = 0
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('the lock of a data folder', () => {
  it('is refused while its holder lives, naming it, and free after the release', async () => {
    const lock = await take()
    await expect(take()).rejects.toThrow(new RegExp(`already runs .*process ${process.pid}, http://localhost:3000`))
    lock.release()
    ;(await take()).release()
    expect(readdirSync(folder)).toEqual([])
  })

  it('is taken over from a holder that was killed', async () => {
    const holder = spawn('sleep', ['60'])
    const identity = processIdentity(holder.pid!)
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    writeFileSync(join(folder, 'launcher.json'), JSON.stringify({ pid: holder.pid, identity, state: 'running', address: '' }))
    const lock = await take()
    expect(readJson(join(folder, 'launcher.json'))).toMatchObject({ pid: process.pid })
    lock.release()
  })

  it('is taken over when the pid of its holder belongs to another program by now', async () => {
    writeFileSync(
      join(folder, 'launcher.json'),
      JSON.stringify({ pid: process.ppid, identity: 'of an earlier boot', state: 'running', address: '' }),
    )
    ;(await take()).release()
  })

  it('waits for a holder that is stopping, and says so', async () => {
    const holder = spawn('sleep', ['60'])
    writeFileSync(
      join(folder, 'launcher.json'),
      JSON.stringify({ pid: holder.pid, identity: processIdentity(holder.pid!), state: 'stopping', address: '' }),
    )
    const waiting = take()
    await expect.poll(() => said.join(), { timeout: 5_000 }).toMatch(/Waiting for the Signalbox of this data folder that is stopping/)
    holder.kill('SIGKILL')
    ;(await waiting).release()
  })
})
