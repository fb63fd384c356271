// Which Python runs the embedder, and why there is none where there is none.
import { spawnSync } from 'node:child_process'
import { StartFailed } from '../launcher/start-failed.ts'

export interface PythonProgram {
  /** What to call: a name on PATH. */
  command: string
  /** "3.11" */
  version: string
}

/** numpy's and onnxruntime's pinned versions have wheels for these. */
const oldest: [number, number] = [3, 11]
const candidates = ['python3', 'python3.13', 'python3.12', 'python3.11']

/** The first Python on PATH that is new enough and can make virtual environments. Throws with what to install. */
export function findPython(): PythonProgram {
  const seen: string[] = []
  for (const command of candidates) {
    const asked = spawnSync(command, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], { encoding: 'utf8' })
    if (asked.status !== 0) continue
    const version = asked.stdout.trim()
    const [major = 0, minor = 0] = version.split('.').map(Number)
    if (major !== oldest[0] || minor < oldest[1]) {
      seen.push(`${command} is ${version}`)
      continue
    }
    // Debian keeps these two apart from Python itself.
    if (spawnSync(command, ['-c', 'import venv, ensurepip'], { stdio: 'ignore' }).status !== 0) {
      seen.push(`${command} (${version}) cannot make a virtual environment: sudo apt-get install python3-venv`)
      continue
    }
    return { command, version }
  }
  const found = seen.length > 0 ? `; found: ${seen.join(', ')}` : ' and none was found'
  throw new StartFailed(
    `The embedder needs Python ${oldest.join('.')} or newer with venv and pip${found}. Search works by words without it, or set EMBEDDER_URL.`,
  )
}
