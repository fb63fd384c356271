import { expect, test } from 'vitest'
import { z } from 'zod'
import { sayIssuesInWords } from './issue-message.ts'

sayIssuesInWords()

const said = (schema: z.ZodType, value: unknown) => schema.safeParse(value).error?.issues.map(({ message }) => message)

test.each<[string, z.ZodType, unknown, string]>([
  ['a field that is not there', z.string(), undefined, 'is missing'],
  ['another type', z.string(), 7, 'must be a string'],
  ['a broken number', z.int(), 1.5, 'must be a whole number'],
  ['something else than a list', z.array(z.string()), {}, 'must be a list'],
  ['an empty text', z.string().min(1), '', 'must not be empty'],
  ['a short text', z.string().min(3), 'ab', 'must have at least 3 characters'],
  ['a long text', z.string().max(2), 'abc', 'must have at most 2 characters'],
  ['another length', z.string().length(4), 'abc', 'must have 4 characters'],
  ['an empty list', z.array(z.string()).min(1), [], 'must have at least 1 entry'],
  ['a long list', z.array(z.string()).max(2), ['a', 'b', 'c'], 'must have at most 2 entries'],
  ['a small number', z.number().min(0), -1, 'must be at least 0'],
  ['a number on the edge', z.number().positive(), 0, 'must be more than 0'],
  ['a large number', z.number().max(8), 9, 'must be at most 8'],
  ['a step between', z.number().multipleOf(5), 7, 'must be a multiple of 5'],
  ['no address', z.email(), 'ada', 'must be an e-mail address'],
  ['no URL', z.url(), 'here', 'must be a URL'],
  ['no time', z.iso.datetime(), 'noon', 'must be a time like 2026-11-20T08:00:00Z'],
  ['another pattern', z.string().regex(/^a+$/), 'b', 'must match /^a+$/'],
  ['another word', z.literal('yes'), 'no', 'must be yes'],
  ['none of the words', z.enum(['mail', 'push']), 'fax', 'must be one of mail, push'],
  ['no known kind', z.discriminatedUnion('op', [z.object({ op: z.literal('add') })]), { op: 'drop' }, 'is none of what can stand here'],
])('%s', (_, schema, value, message) => {
  expect(said(schema, value)).toEqual([message])
})

test("a schema's own sentence goes before", () => {
  expect(said(z.string().regex(/^\d+$/, 'must be digits'), 'x')).toEqual(['must be digits'])
})
