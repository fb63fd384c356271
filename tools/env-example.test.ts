import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { environmentSchema, parseConfig } from '#platform/config/index.ts'

const lines = readFileSync(new URL('../.env.example', import.meta.url), 'utf8').split('\n')
const shown = new Map(
  lines.flatMap((line) => (/^# ([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ? [[RegExp.$1, RegExp.$2]] : [])) as [string, string][],
)

describe('.env.example', () => {
  it('lists every variable that is read, and no other', () => {
    expect([...shown.keys()].sort()).toEqual(Object.keys(environmentSchema.shape).sort())
  })

  it('shows the defaults', () => {
    expect(parseConfig(Object.fromEntries(shown))).toEqual(parseConfig({}))
  })

  it('explains each variable in a comment above it', () => {
    const unexplained = lines.filter((line, index) => /^# [A-Z][A-Z0-9_]*=/.test(line) && !/^# /.test(lines[index - 1] ?? ''))
    expect(unexplained).toEqual([])
  })
})
