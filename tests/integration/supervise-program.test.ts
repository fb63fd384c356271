import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createProcessFile } from '../../tools/launcher/process-file.ts'
import { processIdentity } from '../../tools/launcher/process-identity.ts'
import { superviseProgram, type Program } from '../../tools/launcher/supervise.ts'
import { eventually } from '../support/eventually.ts'

let folder: string
let program: Program | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-supervise-'))
})
afterEach(async () => {
  await program?.stop(1_000)
  rmSync(folder, { recursive: true, force: true })
})

/** run/processes.json as others read it. */
function processes(): { name: string; pid: number; port: number | null }[] {
  return JSON.parse(readFileSync(join(folder, 'processes.json'), 'utf8'))
}

function supervise(script: string) {
  const heard = { said: [] as string[], deaths: [] as string[], onCrashLoop: vi.fn<(reason: string) => void>() }
  program = superviseProgram({
    ...{ name: 'guest', command: process.execPath, args: ['-e', script], cwd: folder, env: process.env, port: 4711 },
    ...{ logFile: join(folder, 'guest.log'), processFile: createProcessFile(folder) },
    say: (line) => heard.said.push(line),
    onDeath: (id) => heard.deaths.push(id),
    onCrashLoop: heard.onCrashLoop,
  })
  return heard
}

const forever = 'setInterval(() => {}, 1000);'
const log = () => readFileSync(join(folder, 'guest.log'), 'utf8')

describe('a supervised program', () => {
  it('is replaced when it is killed, and its death is told', async () => {
    const heard = supervise(`console.log(process.env.SIGNALBOX_PROCESS_NAME, process.env.SIGNALBOX_PROCESS_ID); ${forever}`)
    const first = processes()[0]!
    expect(first).toEqual({ name: 'guest', pid: expect.any(Number), port: 4711 })
    const id = program!.processId
    await eventually(() => log().includes(`guest ${id}`))
    process.kill(first.pid, 'SIGKILL')
    const second = await eventually(() => processes().find((entry) => entry.pid !== first.pid))
    expect(second).toMatchObject({ name: 'guest', port: 4711 })
    expect(heard.deaths).toEqual([id])
    expect(program!.processId).not.toBe(id)
    expect(heard.said).toContain('guest was ended by SIGKILL; starting it again.')
  })

  it('takes what it started with it when it dies', async () => {
    supervise(`console.log('child', require('child_process').spawn('sleep', ['60']).pid); ${forever}`)
    const child = Number(await eventually(() => /child (\d+)/.exec(log())?.[1]))
    expect(processIdentity(child)).not.toBeNull()
    process.kill(processes()[0]!.pid, 'SIGKILL')
    await eventually(() => processIdentity(child) === null)
  })

  it('is not started again once it is stopped, and is gone from the file', async () => {
    supervise(`process.on('SIGTERM', () => process.exit(0)); console.log('listens'); ${forever}`)
    await eventually(() => log().includes('listens'))
    const { pid } = processes()[0]!
    await program!.stop(60_000)
    expect(processIdentity(pid)).toBeNull()
    expect(processes()).toEqual([])
  })

  it('is ended hard when it does not end by itself', async () => {
    const heard = supervise(`process.on('SIGTERM', () => {}); console.log('listens'); ${forever}`)
    await eventually(() => log().includes('listens'))
    const { pid } = processes()[0]!
    await program!.stop(200)
    expect(processIdentity(pid)).toBeNull()
    expect(heard.said.join()).toMatch(/did not end within/)
  })

  it('says why when it keeps ending right after its start, and is tried again all the same', async () => {
    const heard = supervise(`throw new Error('the reason')`)
    await eventually(() => heard.onCrashLoop.mock.calls.length > 0)
    expect(heard.onCrashLoop.mock.calls[0]![0]).toMatch(/guest keeps ending right after its start[\s\S]*Error: the reason/)
    const deaths = heard.deaths.length
    await eventually(() => heard.deaths.length > deaths)
  })
})
