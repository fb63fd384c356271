import { readFileSync, renameSync, writeFileSync } from 'node:fs'

/** Writes JSON so that a reader sees the old content or the new one, never half of it. */
export function writeJson(path: string, value: unknown, mode = 0o644): void {
  const temporary = `${path}.${process.pid}.tmp`
  writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`, { mode })
  renameSync(temporary, path)
}

/** Reads JSON; undefined when the file is missing or broken (a machine that lost power in the middle of things). */
export function readJson<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T
  } catch {
    return undefined
  }
}
