import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createPool, isRetryable, isUnavailable, sqlState, transaction, type PoolClient } from '#platform/postgres/index.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let platform: TestPlatform

beforeAll(async () => {
  platform = await openTestPlatform()
  await platform.pool.query('CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL)')
})

beforeEach(() => platform.pool.query('TRUNCATE account; INSERT INTO account VALUES (1, 0), (2, 0)'))

afterAll(() => platform.close())

const balances = async () => (await platform.pool.query('SELECT balance FROM account ORDER BY id')).rows.map((row) => row.balance as number)

describe('transaction', () => {
  test('commits what it returns from and rolls back what throws', async () => {
    expect(
      await transaction(platform.pool, async (client) => (await client.query('UPDATE account SET balance = 5 WHERE id = 1')).rowCount),
    ).toBe(1)
    const broken = transaction(platform.pool, async (client) => {
      await client.query('UPDATE account SET balance = 9 WHERE id = 1')
      throw new Error('no')
    })
    await expect(broken).rejects.toThrow('no')
    expect(await balances()).toEqual([5, 0])
  })

  test('is repeated after a deadlock, so that both of two that cross each other succeed', async () => {
    let runs = 0
    let arrived = 0
    let meet: () => void
    const met = new Promise<void>((resolve) => (meet = resolve))
    const add = (first: number, second: number) =>
      transaction(platform.pool, async (client: PoolClient) => {
        runs++
        await client.query('UPDATE account SET balance = balance + 1 WHERE id = $1', [first])
        if (++arrived === 2) meet()
        await met
        await client.query('UPDATE account SET balance = balance + 1 WHERE id = $1', [second])
      })
    await Promise.all([add(1, 2), add(2, 1)])
    expect(await balances()).toEqual([2, 2])
    // Postgres usually ends one of the two; on a busy machine it may end both.
    expect(runs).toBeGreaterThan(2)
  })

  test('gives up after five deadlocks, and does not repeat other errors', async () => {
    let runs = 0
    const always = (code: string) =>
      transaction(platform.pool, async (client) => {
        runs++
        await client.query(`DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '${code}'; END $$`)
      })
    await expect(always('40P01')).rejects.toSatisfy(isRetryable)
    expect(runs).toBe(5)
    runs = 0
    await expect(always('23505')).rejects.toSatisfy((error) => sqlState(error) === '23505')
    expect(runs).toBe(1)
  })

  test('of a client whose connection died does not poison the pool', async () => {
    const pool = createPool({ url: platform.config.DATABASE_URL as string, max: 1, applicationName: 'dying' })
    const killed = transaction(pool, async (client) => {
      const { rows } = await client.query('SELECT pg_backend_pid() AS pid')
      await platform.pool.query('SELECT pg_terminate_backend($1)', [rows[0].pid])
      await client.query('SELECT 1')
    })
    await expect(killed).rejects.toSatisfy(isUnavailable)
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    await pool.end()
  })
})

describe('isUnavailable', () => {
  test('knows a server that is not there', async () => {
    const pool = createPool({ url: 'postgresql://signalbox@127.0.0.1:1/none', max: 1, applicationName: 'nowhere' })
    await expect(pool.query('SELECT 1')).rejects.toSatisfy(isUnavailable)
    await pool.end()
  })

  test('does not take a wrong statement for it', async () => {
    await expect(platform.pool.query('SELECT nonsense')).rejects.not.toSatisfy(isUnavailable)
  })
})
