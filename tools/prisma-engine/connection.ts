// The driver adapter that the WebAssembly engine works over: @prisma/adapter-pg, with the three things mended that
// a schema engine needs and a query engine does not.
import { PrismaPg } from '@prisma/adapter-pg'
import {
  ColumnTypeEnum,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlResultSet,
} from '@prisma/driver-adapter-utils'
import pg from 'pg'
import { randomUUID } from 'node:crypto'
import type { Datasource } from './arguments.ts'

const charType = 18 // "char", the one-letter type of pg_catalog, unknown to adapter-pg
const textType = 25

export class MissingUrl extends Error {
  constructor() {
    super('This needs a database: set DATABASE_URL.')
    this.name = 'MissingUrl'
  }
}

export interface Connections extends SqlMigrationAwareDriverAdapterFactory {
  /** Closes every connection made so far. */
  close(): Promise<void>
}

/** Makes connections to the datasource, and to shadow databases beside it that are dropped when the engine lets go of them. */
export function createConnections(datasource: Datasource): Connections {
  const { url } = datasource
  const open: SqlDriverAdapter[] = []
  return {
    provider: 'postgres',
    adapterName: '@prisma/adapter-pg',
    async connect() {
      // Without a url the engine can still compare schemas; it fails only when it talks to the database.
      const connection = await connect(new pg.Pool(poolConfig(url ?? 'postgresql://no-database.invalid/none')))
      open.push(connection)
      return connection
    },
    async connectToShadowDb() {
      const server = datasource.shadowDatabaseUrl ?? url
      if (!server) throw new MissingUrl()
      return connectToShadow(server)
    },
    async close() {
      await Promise.allSettled(open.splice(0).map((connection) => connection.dispose()))
    },
  }
}

function poolConfig(url: string): pg.PoolConfig {
  // One connection: the engine's advisory lock belongs to the session that took it.
  return { connectionString: url, max: 1, connectionTimeoutMillis: 10_000, application_name: 'prisma-schema-engine' }
}

// adapter-pg's own shadow connects to the datasource again when it was given a connection string, and drops before it disconnects.
async function connectToShadow(server: string): Promise<SqlDriverAdapter> {
  const name = `prisma_migrate_shadow_db_${randomUUID()}`
  const url = new URL(server)
  const maintenance = new pg.Pool(poolConfig(server))
  await maintenance.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`)
  url.pathname = `/${name}`
  const pool = new pg.Pool(poolConfig(url.href))
  const shadow = await connect(pool)
  return Object.assign(shadow, {
    async dispose() {
      await pool.end()
      await maintenance.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`)
      await maintenance.end()
    },
  })
}

async function connect(pool: pg.Pool): Promise<SqlDriverAdapter> {
  const charColumns = readCharColumnsAsText(pool)
  const adapter = await new PrismaPg(pool, { disposeExternalPool: true }).connect()
  const queryRaw = adapter.queryRaw.bind(adapter)
  return Object.assign(adapter, {
    async queryRaw(query: Parameters<typeof queryRaw>[0]): Promise<SqlResultSet> {
      const result = await queryRaw(query)
      for (const column of charColumns.get(result.rows) ?? []) result.columnTypes[column] = ColumnTypeEnum.Character
      return result
    },
    // adapter-pg splits a script at every semicolon, also inside comments and function bodies; a query without
    // parameters goes over the simple protocol, which takes the script whole, as the native engine sends it.
    async executeScript(script: string): Promise<void> {
      await adapter.executeRaw({ sql: script, args: [], argTypes: [] })
    },
  })
}

/** Relabels "char" columns as text on their way to adapter-pg, which refuses them; returns which columns of which rows they were. */
function readCharColumnsAsText(pool: pg.Pool): WeakMap<unknown[], number[]> {
  const found = new WeakMap<unknown[], number[]>()
  const query = pool.query.bind(pool) as (...parameters: unknown[]) => Promise<pg.QueryArrayResult>
  const relabelled = async (...parameters: unknown[]) => {
    const result = await query(...parameters)
    if (!Array.isArray(result)) {
      const columns = result.fields.flatMap((field, index) => (field.dataTypeID === charType ? [index] : []))
      for (const column of columns) result.fields[column]!.dataTypeID = textType
      found.set(result.rows, columns)
    }
    return result
  }
  pool.query = relabelled as unknown as typeof pool.query
  return found
}
