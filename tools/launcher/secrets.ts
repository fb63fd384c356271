import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StartFailed } from './start-failed.ts'

/**
 * SIGNALBOX_SECRET of this data folder, made once. What it has sealed (endpoint secrets, sessions) opens with it alone, so it
 * is part of every backup.
 */
export function keptSecret(dataFolder: string): string {
  const path = join(dataFolder, 'secret')
  try {
    // "wx": the first writer wins, a file that exists is never replaced.
    writeFileSync(path, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const secret = readFileSync(path, 'utf8').trim()
  if (secret.length < 32)
    throw new StartFailed(
      `${path} is broken: it must hold at least 32 characters. Restore it from a backup, or what it sealed cannot be opened.`,
    )
  return secret
}
