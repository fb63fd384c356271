// What typed access costs the process that asks, against prepared SQL: `node bench/prisma-against-sql.ts`. The figures stand in
// docs/decisions/0002-prisma-and-sql.md. CPU of this process, not time: the server does the same work in either case.
import { join } from 'node:path'
import { createPool, migrate } from '#platform/postgres/index.ts'
import { createPrisma } from '#platform/postgres/prisma.ts'
import { newUuid } from '#shared/ids.ts'
import { withThrowAwayPostgres } from '../tools/throw-away-postgres.ts'

const rows = 500
const rounds = 5

interface Way {
  name: string
  repeats: number
  run: (round: number) => Promise<unknown>
}

/** Milliseconds of CPU per run: the median of some rounds after one to warm up. */
async function cpuMs({ repeats, run }: Way): Promise<number> {
  const results: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const before = process.cpuUsage()
    for (let index = 0; index < repeats; index++) await run(round * repeats + index)
    const { user, system } = process.cpuUsage(before)
    if (round > 0) results.push((user + system) / 1_000 / repeats)
  }
  return results.sort((a, b) => a - b)[rounds >> 1]!
}

await withThrowAwayPostgres(async (url) => {
  await migrate(url, join(import.meta.dirname, '../prisma/migrations'))
  const pool = createPool({ url, max: 1, applicationName: 'bench' })
  const prisma = createPrisma(url)
  const workspaceId = newUuid()
  await pool.query(`INSERT INTO recipient (workspace_id, id, email) SELECT $1, 'r' || n, 'a@b.c' FROM generate_series(0, 9999) n`, [
    workspaceId,
  ])
  await pool.query('ANALYZE recipient')

  const byId = 'SELECT id, email, locale FROM recipient WHERE workspace_id = $1 AND id = $2'
  const unnest = 'INSERT INTO recipient (workspace_id, id, email) SELECT $1, * FROM unnest($2::text[], $3::text[])'
  const ids = (round: number) => Array.from({ length: rows }, (_, index) => `${round}-${index}`)
  const emails = ids(0).map(() => 'somebody@example.com')
  const ways: Way[] = [
    {
      name: 'one row by id, pg, prepared',
      repeats: 2_000,
      run: (n) => pool.query({ name: 'by-id', text: byId, values: [workspaceId, `r${n % 9_999}`] }),
    },
    { name: 'one row by id, pg, plain', repeats: 2_000, run: (n) => pool.query(byId, [workspaceId, `r${n % 9_999}`]) },
    {
      name: 'one row by id, Prisma findUnique',
      repeats: 1_000,
      run: (n) => prisma.recipient.findUnique({ where: { workspaceId_id: { workspaceId, id: `r${n % 9_999}` } } }),
    },
    {
      name: `${rows} rows, pg, unnest`,
      repeats: 20,
      run: (n) => pool.query({ name: 'unnest', text: unnest, values: [workspaceId, ids(n).map((id) => `p${id}`), emails] }),
    },
    {
      name: `${rows} rows, Prisma createMany`,
      repeats: 10,
      run: (n) => prisma.recipient.createMany({ data: ids(n).map((id) => ({ workspaceId, id: `c${id}`, email: 'somebody@example.com' })) }),
    },
  ]
  for (const way of ways) console.log(`${(await cpuMs(way)).toFixed(3).padStart(9)} ms CPU  ${way.name}`)
  await Promise.all([pool.end(), prisma.$disconnect()])
})
