import { homedir } from 'node:os'
import { join } from 'node:path'

/** What is downloaded or built once for all data folders: SIGNALBOX_CACHE, else the user's cache folder. */
export function cacheFolder(configured: string | undefined): string {
  if (configured) return configured
  const base =
    process.env.XDG_CACHE_HOME || (process.platform === 'darwin' ? join(homedir(), 'Library', 'Caches') : join(homedir(), '.cache'))
  return join(base, 'signalbox')
}
