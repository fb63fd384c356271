import { describe, expect, it } from 'vitest'
import type { Operator } from '../contracts/operator.ts'
import { leversOf } from './operator-levers.ts'

const ada: Operator = {
  id: 'opr_1',
  name: 'Ada',
  email: 'ada@example.com',
  instance: false,
  state: 'active',
  workspaces: [],
  yours: true,
  createdAt: '2026-11-20T14:00:00.000Z',
  lastSignInAt: null,
}
const why = (operator: Operator, self = false) => Object.fromEntries(leversOf(operator, self).map(({ lever, whyNot }) => [lever, whyNot]))

describe('the levers of an operator', () => {
  it('are those that change something', () => {
    expect(leversOf(ada, false).map(({ lever }) => lever)).toEqual(['reset', 'disable', 'ownerOn', 'remove'])
    expect(leversOf({ ...ada, state: 'disabled', instance: true }, false).map(({ lever }) => lever)).toEqual([
      'reset',
      'enable',
      'ownerOff',
      'remove',
    ])
  })

  it('say why not: yourself, and people of other workspaces', () => {
    expect(Object.values(why(ada))).toEqual([null, null, null, null])
    expect(Object.values(why(ada, true)).every((text) => text?.startsWith('This is you'))).toBe(true)
    expect(why({ ...ada, yours: false })).toMatchObject({ disable: expect.stringContaining('other workspaces'), ownerOn: null })
  })
})
