import { describe, expect, it } from 'vitest'
import { queryKinds, readFixture } from './fixture.ts'

describe('the judged collection', () => {
  const { documents, queries } = readFixture()

  it('has a few hundred texts, each once, none empty', () => {
    expect(documents.length).toBeGreaterThanOrEqual(250)
    expect(new Set(documents.map(({ id }) => id)).size).toBe(documents.length)
    for (const { title, text } of documents) expect(title && text, title).toBeTruthy()
  })

  it('has at least ten queries of each kind, each with what was meant', () => {
    for (const kind of queryKinds) expect(queries.filter((query) => query.kind === kind).length, kind).toBeGreaterThanOrEqual(10)
    for (const { query, grades } of queries) expect([...grades.values()], query).toContain(3)
  })

  it('asks by meaning in words that the answers do not have', () => {
    for (const { query, grades } of queries.filter(({ kind }) => kind === 'meaning')) {
      const meant = documents.filter(({ id }) => grades.get(id) === 3).map(({ title, text }) => `${title} ${text}`.toLowerCase())
      const words = query.toLowerCase().match(/\p{L}{3,}/gu)!
      expect(
        meant.some((text) => words.every((word) => text.includes(word))),
        query,
      ).toBe(false)
    }
  })
})
