// The audit cannot be changed unnoticed: what the database refuses, and what the check finds when somebody went past it.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { transaction } from '#platform/postgres/index.ts'
import { appendAudit, holdsHead, verifyAudit } from '#services/audit/index.ts'
import { publicId } from '#shared/ids.ts'
import { clearAudit } from '../support/clear-audit.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let platform: TestPlatform
let other: string

beforeAll(async () => {
  platform = await openTestPlatform()
  other = (await platform.addWorkspace()).workspaceId
})

beforeEach(() => clearAudit(platform.pool))

afterAll(() => platform.close())

const record = (subjectId: string, workspaceId: string | null = platform.workspaceId) => ({
  workspaceId,
  actor: { kind: 'operator', id: publicId('operator', platform.workspaceId), name: 'Otto Ö. 1:2' } as const,
  action: 'queue.pause',
  subjectKind: 'queue',
  subjectId,
  reason: subjectId === '2' ? null : 'because, really: "ünï"',
  details: { before: { b: 1.0, a: [1, null, 'x'] }, after: {} },
})

async function append(count: number, workspaceId?: string | null): Promise<number[]> {
  for (let at = 1; at <= count; at++) await appendAudit(platform.pool, record(String(at), workspaceId))
  const { rows } = await platform.pool.query<{ id: number }>('SELECT id FROM audit_entry ORDER BY id')
  return rows.map((row) => row.id)
}

/** As somebody does who owns the database. */
async function tamper(sql: string): Promise<void> {
  await platform.pool.query(`SET session_replication_role = replica; ${sql}; SET session_replication_role = DEFAULT`)
}

describe('an untouched audit', () => {
  it('holds, for workspaces and the instance', async () => {
    await append(3)
    await append(2, other)
    await append(2, null)
    const report = await verifyAudit(platform.pool)
    expect(report).toMatchObject({ entries: 7, unsealed: [], broken: null })
    expect(report.chains.map(({ length }) => length).sort()).toEqual([2, 2, 3])
  })

  it('holds after many wrote at the same time, in order of their commits and without gaps', async () => {
    const jobs = Array.from({ length: 60 }, (_, at) =>
      transaction(platform.pool, async (client) => {
        await appendAudit(client, record(`a${at}`, at % 3 === 0 ? null : platform.workspaceId))
        await client.query('SELECT pg_sleep(random() * 0.02)')
        await appendAudit(client, record(`b${at}`, at % 2 === 0 ? other : platform.workspaceId))
      }),
    )
    await Promise.all(jobs)
    expect(await verifyAudit(platform.pool)).toMatchObject({ entries: 120, broken: null })
  })

  it('lets nobody wait for a transaction that has written and is still open', async () => {
    await transaction(platform.pool, async (slow) => {
      await appendAudit(slow, record('slow'))
      await slow.query('SELECT 1')
      await transaction(platform.pool, async (quick) => {
        await quick.query("SET LOCAL lock_timeout = '1s'")
        await appendAudit(quick, record('quick'))
      })
    })
    expect(await verifyAudit(platform.pool)).toMatchObject({ entries: 2, broken: null })
  })

  it('has no entry of a change that was taken back', async () => {
    const failing = transaction(platform.pool, async (client) => {
      await appendAudit(client, record('1'))
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    await append(1)
    expect(await verifyAudit(platform.pool)).toMatchObject({ entries: 1, broken: null })
  })
})

describe('the database', () => {
  it.each([
    "UPDATE audit_entry SET reason = 'x'",
    'DELETE FROM audit_entry',
    'TRUNCATE audit_entry',
    "UPDATE audit_seal SET hash = '\\x00'",
    'DELETE FROM audit_seal',
    'TRUNCATE audit_seal',
    'DELETE FROM audit_chain',
    'TRUNCATE audit_chain',
  ])('refuses %s', async (sql) => {
    await append(1)
    await expect(platform.pool.query(sql)).rejects.toThrow('The audit is append-only')
  })
})

describe('the check', () => {
  const broken = async () => (await verifyAudit(platform.pool)).broken

  it.each(['reason', 'actor_name', 'subject_id', 'action'])('names the first entry whose %s was changed', async (column) => {
    const ids = await append(5)
    await tamper(`UPDATE audit_entry SET ${column} = 'else' WHERE id IN (${ids[2]}, ${ids[4]})`)
    expect(await broken()).toMatchObject({ entryId: ids[2], position: 3, what: 'changed' })
  })

  it('reads a chain to its end, however long it is', async () => {
    const most = 5_003
    await platform.pool.query(
      `INSERT INTO audit_entry (workspace_id, actor_kind, actor_id, actor_name, action, subject_kind, subject_id)
       SELECT $1, 'operator', 'x', 'x', 'queue.pause', 'queue', n::text FROM generate_series(1, $2::int) n`,
      [platform.workspaceId, most],
    )
    expect(await verifyAudit(platform.pool)).toMatchObject({ entries: most, unsealed: [], broken: null })
    await tamper("UPDATE audit_entry SET subject_id = 'else' WHERE id = (SELECT max(id) FROM audit_entry) - 1")
    expect(await broken()).toMatchObject({ position: most - 1, what: 'changed' })
  })

  it('names one whose time or details were changed', async () => {
    const ids = await append(3)
    await tamper(`UPDATE audit_entry SET at = at + interval '1 ms' WHERE id = ${ids[1]}`)
    expect(await broken()).toMatchObject({ entryId: ids[1] })
    await tamper(`UPDATE audit_entry SET at = at - interval '1 ms' WHERE id = ${ids[1]}`)
    expect(await broken()).toBeNull()
    await tamper(`UPDATE audit_entry SET details = '{}' WHERE id = ${ids[0]}`)
    expect(await broken()).toMatchObject({ entryId: ids[0] })
  })

  it('names one that was removed, alone or with its seal', async () => {
    const ids = await append(4)
    await tamper(`DELETE FROM audit_entry WHERE id = ${ids[1]}`)
    expect(await broken()).toMatchObject({ entryId: ids[1], position: 2, what: 'removed' })
    await tamper(`DELETE FROM audit_seal WHERE entry_id = ${ids[1]}`)
    expect(await broken()).toMatchObject({ entryId: null, position: 2, what: 'removed' })
    // Closing the gap does not help: what follows was sealed over what is gone.
    await tamper(`UPDATE audit_seal SET position = position - 1 WHERE position > 2`)
    expect(await broken()).toMatchObject({ entryId: ids[2], position: 2 })
  })

  it('notices that the last ones were removed', async () => {
    const ids = await append(4)
    await tamper(`DELETE FROM audit_seal WHERE entry_id > ${ids[1]}; DELETE FROM audit_entry WHERE id > ${ids[1]}`)
    expect(await broken()).toMatchObject({ position: 3, what: 'removed', sentence: 'the last 2 entries were removed, from number 3 on' })
  })

  it('names the first of two that were swapped', async () => {
    const ids = await append(5)
    await tamper(
      `UPDATE audit_entry e SET (subject_id, reason, at) = (SELECT o.subject_id, o.reason, o.at FROM audit_entry o
       WHERE o.id = CASE e.id WHEN ${ids[1]} THEN ${ids[3]} ELSE ${ids[1]} END) WHERE id IN (${ids[1]}, ${ids[3]})`,
    )
    expect(await broken()).toMatchObject({ entryId: ids[1], position: 2 })
  })

  it('names seals that were swapped, and an entry that was given to another workspace', async () => {
    const ids = await append(3)
    const swap = `UPDATE audit_seal SET entry_id = -entry_id WHERE entry_id <= ${ids[1]};
      UPDATE audit_seal SET entry_id = ${ids[0]! + ids[1]!} + entry_id WHERE entry_id < 0`
    await tamper(swap)
    expect(await broken()).toMatchObject({ position: 1, entryId: ids[1] })
    await tamper(swap)
    await tamper(`UPDATE audit_entry SET workspace_id = '${other}' WHERE id = ${ids[2]}`)
    expect(await broken()).toMatchObject({ what: 'moved', entryId: ids[2] })
  })

  it('notices one that was put in past the chain', async () => {
    await append(2)
    await tamper(
      `INSERT INTO audit_entry (workspace_id, actor_kind, actor_id, actor_name, action, subject_kind, subject_id)
       VALUES ('${platform.workspaceId}', 'operator', 'x', 'x', 'x', 'x', 'x')`,
    )
    expect((await verifyAudit(platform.pool)).unsealed).toHaveLength(1)
  })

  it('finds a noted head again, but not after everything was written anew', async () => {
    await append(3)
    const { chain, length, head } = (await verifyAudit(platform.pool)).chains[0]!
    await append(1)
    expect(await holdsHead(platform.pool, chain, length, head)).toBe(true)
    await clearAudit(platform.pool)
    await append(4)
    expect(await verifyAudit(platform.pool)).toMatchObject({ broken: null })
    expect(await holdsHead(platform.pool, chain, length, head)).toBe(false)
  })
})

describe('npm run audit:verify', () => {
  function command(...parameters: string[]): Promise<{ code: number; output: string }> {
    const program = join(import.meta.dirname, '../../tools/audit-verify.ts')
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        [program, ...parameters],
        { env: { ...process.env, DATABASE_URL: platform.config.DATABASE_URL } },
        (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
      )
    })
  }

  it('ends with 0 and prints each head, or with 1 and names the first broken entry', async () => {
    const ids = await append(3)
    const sound = await command()
    expect(sound.code).toBe(0)
    expect(sound.output).toContain('3 entries, none changed.')
    const head = /\S+:3:[0-9a-f]{64}/.exec(sound.output)?.[0]
    expect((await command('--head', head!)).code).toBe(0)
    await tamper(`UPDATE audit_entry SET reason = 'x' WHERE id = ${ids[1]}`)
    const broken = await command()
    expect(broken.code).toBe(1)
    expect(broken.output).toContain(`entry ${ids[1]} is not what was sealed`)
    await clearAudit(platform.pool)
    await append(3)
    const rewritten = await command('--head', head!)
    expect([rewritten.code, rewritten.output]).toEqual([1, expect.stringContaining('the chain was rewritten')])
  })
})
