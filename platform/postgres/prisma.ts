// Prisma is schema, migrations and typed CRUD; the path itself is prepared SQL (docs/decisions/0002-prisma-and-sql.md).
import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from './generated/client.ts'

export type { PrismaClient }

/** The typed client over the same database. */
export function createPrisma(url: string): PrismaClient {
  return new PrismaClient({
    adapter: new PrismaPg({ connectionString: url, max: 5 }),
    // Its own limits (2 s for a connection, 5 s for all) are met by a machine that is only slow.
    transactionOptions: { maxWait: 10_000, timeout: 20_000 },
  })
}
