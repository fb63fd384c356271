// The running product's Postgres: for what no route makes, such as operators with a role.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createPool, type Pool } from '#platform/postgres/index.ts'

/** A pool on the embedded Postgres of a product; the caller ends it. */
export async function openDatabase(dataFolder: string): Promise<Pool> {
  const { password } = JSON.parse(await readFile(join(dataFolder, 'postgres.json'), 'utf8')) as { password: string }
  const processes = JSON.parse(await readFile(join(dataFolder, 'run/processes.json'), 'utf8')) as { name: string; port: number | null }[]
  const port = processes.find(({ name }) => name === 'postgres')?.port
  return createPool({ url: `postgres://signalbox:${password}@127.0.0.1:${port}/signalbox`, max: 2, applicationName: 'test' })
}
