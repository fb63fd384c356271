// No engine builds images where these tests run, so what the image holds is held against what the processes in it need.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const dockerfile = read('Dockerfile')
const { optionalDependencies } = JSON.parse(read('package.json')) as { optionalDependencies: Record<string, string> }

test('keeps the packages by which dependencies run on this platform, and leaves out our own optional ones', () => {
  const install = /npm ci[^&]*--omit=dev[^&]*/.exec(dockerfile)?.[0]
  expect(install).toBeDefined()
  // What sharp is made of is optional to npm, because each platform has its own.
  expect(install).not.toContain('--omit=optional')
  const removed = /rm -rf ([^&]*)/.exec(dockerfile)?.[1]?.trim().split(/\s+/) ?? []
  const stays = Object.keys(optionalDependencies).filter(
    (name) => !name.includes('darwin') && !removed.some((path) => `node_modules/${name}`.startsWith(path)),
  )
  expect(stays).toEqual([])
})

test('holds every file that it, docker-compose and its entry point start', () => {
  const copied = [...dockerfile.matchAll(/^COPY (?:--\S+ )*(\S+) \.\/\S+$/gm)].map(([, from]) => from!.replace(/^\/app\//, ''))
  const started = [dockerfile, read('docker-compose.yml'), read('deploy/docker/entrypoint.sh')]
    .flatMap((text) => [...text.matchAll(/\b((?:workers|tools)\/[\w/.-]+\.ts)\b/g)])
    .map(([, file]) => file!)
  expect(started.length).toBeGreaterThan(3)
  for (const file of new Set(started)) {
    expect(existsSync(join(root, file)), file).toBe(true)
    expect(copied, file).toContain(file.split('/')[0])
  }
})
