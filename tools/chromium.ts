// The browser of tests and screenshots: Chromium of this machine. Installed from Debian's package where that can be done without asking.
import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']

export const chromiumArguments = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

function onPath(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    try {
      const path = join(folder, name)
      accessSync(path, constants.X_OK)
      return path
    } catch {
      continue
    }
  }
  return undefined
}

function find(): string | undefined {
  return names.map(onPath).find((path) => path !== undefined)
}

function run(command: string, parameters: string[]): Promise<number> {
  const child = spawn(command, parameters, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  return new Promise((resolve) => {
    child.once('error', () => resolve(127))
    child.once('close', (code) => resolve(code ?? 1))
  })
}

/** The path of Chromium. Installs Debian's package as root; throws with what to do where it cannot. */
export async function ensureChromium(): Promise<string> {
  const found = find()
  if (found) return found
  const advice = 'This needs Chromium: `apt-get install chromium` on Debian and Ubuntu, then run it again.'
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !onPath('apt-get')) throw new Error(advice)
  console.log('Installing chromium ...')
  const install = ['install', '-y', '-qq', '--no-install-recommends', 'chromium']
  if ((await run('apt-get', install)) !== 0) {
    await run('apt-get', ['update', '-qq'])
    if ((await run('apt-get', install)) !== 0) throw new Error(`apt-get could not install it. ${advice}`)
  }
  const installed = find()
  if (!installed) throw new Error(advice)
  return installed
}
