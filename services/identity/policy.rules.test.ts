import { describe, expect, it } from 'vitest'
import { scopes, type Scope } from '#shared/contracts/scope.ts'
import type { OperatorRole } from '#shared/roles.ts'
import { mayCall, refusalOf, scopesBeyond, type Principal } from './policy.rules.ts'

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
    const content = { scope: 'attachments', method: 'GET', role: 'operator' } as const
    expect(['viewer', 'operator', 'admin'].map((role) => mayCall(operator(role as OperatorRole), content))).toEqual([false, true, true])
    expect(mayCall(key('attachments'), content)).toBe(true)
  })

  it('refuses whoever has neither scopes nor role', () => {
    expect(mayCall(operator(), { scope: 'events:read', method: 'GET' })).toBe(false)
    const recipient: Principal = { ...key('admin'), actor: { kind: 'recipient', id: 'u1', name: 'u1' } }
    expect(mayCall(recipient, { scope: 'events:read', method: 'GET' })).toBe(false)
  })
})

describe('what touches every workspace', () => {
  const wanted = { scope: 'operate', method: 'POST', instance: true } as const

  it('is for the owners of the instance, whatever their role', () => {
    expect(mayCall(operator('admin'), wanted)).toBe(false)
    expect(mayCall({ ...operator('viewer'), instance: true }, wanted)).toBe(true)
    expect(mayCall({ ...operator(), instance: true }, wanted)).toBe(true)
  })

  it('is for keys of the instance that have the scope', () => {
    expect(mayCall(key('admin'), wanted)).toBe(false)
    expect(mayCall({ ...key('operate'), instance: true }, wanted)).toBe(true)
    expect(mayCall({ ...key('recipients'), instance: true }, wanted)).toBe(false)
  })
})

describe('a refusal', () => {
  it('says what is needed', () => {
    const post = { scope: 'operate', method: 'POST' } as const
    expect(refusalOf(operator('viewer'), post, 'Production')).toBe('This needs the role operator; you are viewer of Production.')
    expect(refusalOf(operator(), post)).toBe('This needs the role operator, and you belong to no workspace.')
    expect(refusalOf(key('recipients'), post)).toBe('This needs the scope operate.')
    expect(refusalOf(key('operate'), { ...post, instance: true })).toContain('a key of the instance')
    expect(refusalOf(operator('admin'), { ...post, instance: true })).toContain('an operator of the instance')
  })
})

describe('scopesBeyond', () => {
  it('names what a key cannot give away', () => {
    expect(scopesBeyond(key('recipients'), ['recipients', 'admin'])).toEqual(['admin'])
    expect(scopesBeyond(key('admin'), [...scopes])).toEqual([])
    expect(scopesBeyond(operator('operator'), ['recipients'])).toEqual(['recipients'])
  })
})
