const levels: Record<number, string> = { 40: 'warning', 50: 'error', 60: 'fatal' }
const ownFields = new Set(['level', 'time', 'msg', 'process', 'pid', 'name', 'hostname', 'stack'])

/** A child's log line as a person wants to read it; undefined when it is not worth the terminal. */
export function readableLine(name: string, line: string): string | undefined {
  if (line.trim() === '') return undefined
  const record = parseRecord(line)
  if (!record) return isNodeNoise(line) ? undefined : `${name}: ${line}`
  const level = levels[record.level]
  if (!level) return undefined
  const fields = Object.entries(record)
    .filter(([key, value]) => !ownFields.has(key) && value !== undefined && value !== null)
    .map(([key, value]) => `${key}=${shortText(value)}`)
  return `${name} ${level}: ${record.msg ?? ''}${fields.length > 0 ? ` (${fields.join(', ')})` : ''}`
}

function parseRecord(line: string): { level: number; msg?: string; [key: string]: unknown } | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const value = JSON.parse(line) as { level?: unknown }
    return typeof value.level === 'number' ? (value as { level: number }) : undefined
  } catch {
    return undefined
  }
}

/** Node's own remarks about itself are for developers; they stay in the log file. */
function isNodeNoise(line: string): boolean {
  return /^\(node:\d+\)|^\(Use `node|^Listening on |^\[nitro\]/.test(line)
}

function shortText(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string') return value.message
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > 300 ? `${text.slice(0, 300)}...` : text
}
