// JSON-RPC 2.0, one message a line, as the CLI's SchemaEngineCLI speaks it. Requests are answered in the order they came.
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import { SchemaEngine } from '@prisma/schema-engine-wasm'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { Datasource } from './arguments.ts'
import { createConnections } from './connection.ts'
import { createMigration, evaluateDataLoss } from './next-migration.ts'

interface Request {
  id: number
  method?: string
  params: never
}

type Method = (engine: SchemaEngine, params: never, print: (text: string) => void) => Promise<unknown>

// What the CLI calls -> what the WebAssembly engine calls it. A method without a result answers {}.
const methods: Record<string, Method> = {
  applyMigrations: (engine, params) => engine.applyMigrations(params),
  createMigration: (engine, params) => createMigration(engine, params),
  dbExecute: (engine, params) => engine.dbExecute(params),
  devDiagnostic: (engine, params) => engine.devDiagnostic(params),
  diagnoseMigrationHistory: (engine, params) => engine.diagnoseMigrationHistory(params),
  ensureConnectionValidity: (engine, params) => engine.ensureConnectionValidity(params),
  evaluateDataLoss: (engine, params) => evaluateDataLoss(engine, params),
  getDatabaseVersion: (engine, params) => engine.version(params),
  introspect: (engine, params) => engine.introspect(params),
  markMigrationApplied: (engine, params) => engine.markMigrationApplied(params),
  markMigrationRolledBack: (engine, params) => engine.markMigrationRolledBack(params),
  reset: (engine, params) => engine.reset(params),
  schemaPush: (engine, params) => engine.schemaPush(params),
  async diff(engine, params, print) {
    const result = await engine.diff(params)
    // The native engine prints the difference itself, through a call back to the CLI.
    if (result.stdout) print(result.stdout)
    return { exitCode: result.exitCode }
  },
}

export interface EngineOptions {
  datasource: Datasource
  schemaFiles: string[]
}

/** Answers requests from `input` on `output` until `input` ends. */
export async function serve(options: EngineOptions, input: Readable, output: Writable): Promise<void> {
  let panic: string | undefined
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message: (message: string) => (panic = message) } })
  const send = (message: object) => output.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  const print = (content: string) => send({ id: 1_000_000, method: 'print', params: { content } })

  for await (const line of createInterface({ input })) {
    if (!line.trim()) continue
    const request = JSON.parse(line) as Request
    if (!request.method) continue // the CLI's receipt for a print
    try {
      const method = methods[request.method]
      if (!method) throw new Error(`The schema engine stand-in has no method ${request.method}.`)
      const result = await withEngine(options, (engine) => method(engine, request.params, print))
      send({ id: request.id, result: result ?? {} })
    } catch (error) {
      send({ id: request.id, error: describe(error, panic) })
    }
  }
}

/** A new engine for every request: one that has applied migrations has forgotten how to make a shadow database. */
async function withEngine<T>(options: EngineOptions, work: (engine: SchemaEngine) => Promise<T>): Promise<T> {
  const datamodels = await Promise.all(
    options.schemaFiles.map(async (path): Promise<[string, string]> => [path, await readFile(path, 'utf8')]),
  )
  const connections = createConnections(options.datasource)
  const engine = await SchemaEngine.new(
    { datamodels: datamodels.length > 0 ? datamodels : undefined },
    () => {},
    bindMigrationAwareSqlAdapterFactory(connections),
  )
  try {
    return await work(engine)
  } finally {
    await connections.close()
  }
}

/** The error object of the native engine. A Rust backtrace in the message is noise to its reader. */
function describe(error: unknown, panic: string | undefined): object {
  const failure = error as Error & { code?: string }
  const message = panic ?? String(failure.message).split('\n   0:')[0]
  const data = {
    is_panic: panic !== undefined,
    message,
    meta: null,
    backtrace: null,
    ...(failure.code ? { error_code: failure.code } : {}),
  }
  return { code: 4466, message: 'An error happened. Check the data field for details.', data }
}
