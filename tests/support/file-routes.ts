// The file routes of server/ as Nitro reads them, without Nitro: for tests that look at or serve the very same handlers.
import { readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { EventHandler } from 'h3'
import type { Operation } from '#shared/contracts/operations/operation.ts'

const serverFolder = join(import.meta.dirname, '../../server')

export interface FileRoute {
  /** Relative to server/. */
  file: string
  /** h3's way: '/api/v1/recipients/:id', '/api/**'. */
  path: string
  /** Upper case; undefined = any. */
  method: string | undefined
  handler: EventHandler & { operation?: Operation }
}

const methodSuffix = /\.(get|post|put|patch|delete|head|options)$/

/** server/api/v1/recipients/[id].get.ts -> { path: '/api/v1/recipients/:id', method: 'GET' }, as Nitro's scan does. */
export function routeOfFile(file: string): { path: string; method: string | undefined } {
  let path = file
    .split(sep)
    .join('/')
    .replace(/\.ts$/, '')
    .replace(/^routes\//, '')
  const method = methodSuffix.exec(path)?.[1]?.toUpperCase()
  path = path.replace(methodSuffix, '').replace(/(^|\/)index$/, '')
  path = path
    .replaceAll(/\[\.\.\.\]/g, '**')
    .replaceAll(/\[\.\.\.(\w+)\]/g, '**:$1')
    .replaceAll(/\[(\w+)\]/g, ':$1')
  return { path: `/${path}`, method }
}

/** The files under server/api and server/routes, loaded; only those that `wanted` takes. */
export async function loadFileRoutes(wanted: (file: string) => boolean = () => true): Promise<FileRoute[]> {
  const routes: FileRoute[] = []
  for (const folder of ['api', 'routes']) {
    const entries = await readdir(join(serverFolder, folder), { recursive: true, withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      if (!entry.isFile() || !entry.name.endsWith('.ts') || entry.name.endsWith('.test.ts')) continue
      const absolute = join(entry.parentPath, entry.name)
      const file = relative(serverFolder, absolute)
      if (!wanted(file)) continue
      const module = (await import(pathToFileURL(absolute).href)) as { default: FileRoute['handler'] }
      routes.push({ file, ...routeOfFile(file), handler: module.default })
    }
  }
  return routes.sort((a, b) => a.file.localeCompare(b.file))
}
