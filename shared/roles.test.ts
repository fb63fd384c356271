import { describe, expect, it } from 'vitest'
import { mayAct, operatorRoles } from './roles.ts'

describe('mayAct', () => {
  it('lets a role do what lesser roles may', () => {
    const allowed = operatorRoles.map((role) => operatorRoles.map((needed) => mayAct({ role, instance: false }, needed)))
    expect(allowed).toEqual([
      [true, false, false],
      [true, true, false],
      [true, true, true],
    ])
  })

  it('keeps what all workspaces share for operators of the instance, whatever their role', () => {
    expect(mayAct({ role: 'admin', instance: false }, 'instance')).toBe(false)
    expect(mayAct({ role: null, instance: true }, 'instance')).toBe(true)
    expect(mayAct({ role: null, instance: true }, 'viewer')).toBe(false)
    expect(mayAct(null, 'viewer')).toBe(false)
  })
})
