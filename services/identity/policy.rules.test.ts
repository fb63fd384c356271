import { describe, expect, it } from 'vitest'
import { scopes, type Scope } from '#shared/contracts/scope.ts'
import { mayCall, scopesBeyond, type OperatorRole, type Principal } from './policy.rules.ts'

const key = (...held: Scope[]): Principal => ({
  workspaceId: 'w',
  actor: { kind: 'api-key', id: 'k', name: 'k' },
  scopes: held,
  rate: null,
})
const operator = (role?: OperatorRole): Principal => ({
  workspaceId: 'w',
  actor: { kind: 'operator', id: 'o', name: 'o' },
  scopes: [],
  rate: null,
  ...(role ? { role } : {}),
})

describe('mayCall', () => {
  it('lets a key do what its scopes say, and admin everything', () => {
    for (const scope of scopes) {
      expect(mayCall(key('admin'), { scope, method: 'DELETE' })).toBe(true)
      expect(mayCall(key(scope), { scope, method: 'GET' })).toBe(true)
      expect(mayCall(key(...scopes.filter((other) => other !== scope && other !== 'admin')), { scope, method: 'GET' })).toBe(false)
    }
  })

  it('lets a viewer read, an operator act, and only an admin reach what needs admin', () => {
    expect(mayCall(operator('viewer'), { scope: 'operate', method: 'GET' })).toBe(true)
    expect(mayCall(operator('viewer'), { scope: 'operate', method: 'POST' })).toBe(false)
    expect(mayCall(operator('operator'), { scope: 'operate', method: 'POST' })).toBe(true)
    expect(mayCall(operator('operator'), { scope: 'admin', method: 'GET' })).toBe(false)
    expect(mayCall(operator('admin'), { scope: 'admin', method: 'DELETE' })).toBe(true)
  })

  it('refuses whoever has neither scopes nor role', () => {
    expect(mayCall(operator(), { scope: 'events:read', method: 'GET' })).toBe(false)
    const recipient: Principal = { ...key('admin'), actor: { kind: 'recipient', id: 'u1', name: 'u1' } }
    expect(mayCall(recipient, { scope: 'events:read', method: 'GET' })).toBe(false)
  })
})

describe('scopesBeyond', () => {
  it('names what a key cannot give away', () => {
    expect(scopesBeyond(key('recipients'), ['recipients', 'admin'])).toEqual(['admin'])
    expect(scopesBeyond(key('admin'), [...scopes])).toEqual([])
    expect(scopesBeyond(operator('operator'), ['recipients'])).toEqual(['recipients'])
  })
})
