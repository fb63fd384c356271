// What a careful client knows: its intent is on disk before the request leaves, the answer after it came. Whatever happens to
// the product, this file says what it has promised.
import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs'
import { parsePublicId } from '#shared/ids.ts'

type Line =
  | { at: number; do: 'intent'; number: number }
  /** `status` 0 = no answer: the connection broke. */
  | { at: number; do: 'refused'; number: number; status: number; ms: number }
  | { at: number; do: 'accepted'; number: number; id: string; ms: number; replayed: boolean }

export interface ClientLedger {
  intend(number: number): void
  refused(number: number, status: number, ms: number): void
  accepted(number: number, id: string, ms: number, replayed: boolean): void
  close(): void
}

/** Appends to `path`; each line is written before the call returns. */
export function openClientLedger(path: string): ClientLedger {
  const file = openSync(path, 'a')
  const write = (line: Line): void => void writeSync(file, `${JSON.stringify(line)}\n`)
  return {
    intend: (number) => write({ at: Date.now(), do: 'intent', number }),
    refused: (number, status, ms) => write({ at: Date.now(), do: 'refused', number, status, ms: Math.round(ms) }),
    accepted: (number, id, ms, replayed) => write({ at: Date.now(), do: 'accepted', number, id, ms: Math.round(ms), replayed }),
    close: () => closeSync(file),
  }
}

export interface ClientRecord {
  intents: Set<number>
  /** Event UUID by number. */
  acknowledged: Map<number, string>
  /** Answers by status; 0 = the connection broke without one. */
  answers: Map<number, number>
  /** 202s that were the answer to an earlier request whose outcome had been unknown. */
  replayed: number
  /** Longest time to any answer, a refusal too. */
  slowestMs: number
  /** Longest time without any 202 while something was asked for. */
  longestSilenceMs: number
}

/** Reads the file back: the checker trusts nothing that was only in memory. `without` leaves out events of before. */
export function readClientLedger(path: string, without: ReadonlySet<number> = new Set()): ClientRecord {
  const record: ClientRecord = {
    intents: new Set(),
    acknowledged: new Map(),
    answers: new Map(),
    replayed: 0,
    slowestMs: 0,
    longestSilenceMs: 0,
  }
  let lastYes: number | undefined
  if (!existsSync(path)) return record
  for (const text of readFileSync(path, 'utf8').split('\n')) {
    if (text === '') continue
    const line = JSON.parse(text) as Line
    if (without.has(line.number)) continue
    if (line.do === 'intent') {
      record.intents.add(line.number)
      lastYes ??= line.at
      continue
    }
    const status = line.do === 'accepted' ? 202 : line.status
    record.answers.set(status, (record.answers.get(status) ?? 0) + 1)
    if (status !== 0) record.slowestMs = Math.max(record.slowestMs, line.ms)
    if (line.do !== 'accepted') continue
    const id = parsePublicId('event', line.id)
    if (!id) throw new Error(`${line.id} is no event's id`)
    record.acknowledged.set(line.number, id)
    if (line.replayed) record.replayed++
    record.longestSilenceMs = Math.max(record.longestSilenceMs, line.at - (lastYes ?? line.at))
    lastYes = line.at
  }
  return record
}
