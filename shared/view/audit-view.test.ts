import { describe, expect, it } from 'vitest'
import { auditChanges, auditDeed, auditFacts, auditSentence, auditSubjectName, auditSubjectPath } from './audit-view.ts'

describe('an audit entry', () => {
  it('is a sentence, also when nobody wrote one for it', () => {
    expect(auditSentence('queue.pause')).toBe('paused a queue')
    expect(auditSentence('lane.set-limit')).toBe('lane: set limit')
  })

  it('calls by name what people call by name', () => {
    const entry = (action: string, kind: string, id: string, details = {}) => auditDeed({ action, subject: { kind, id }, details })
    expect(entry('queue.pause', 'queue', 'delivery-email')).toBe('paused delivery-email')
    expect(entry('provider.hold', 'provider', 'email')).toBe('held email')
    expect(entry('operator.role', 'operator', 'opr_1', { name: 'Ada' })).toBe('changed the role of Ada')
    expect(entry('endpoint.create', 'endpoint', 'end_1')).toBe('added an endpoint')
    expect(entry('session.refuse', 'operator', 'opr_1', { name: 'Ada' })).toBe('failed to sign in')
    expect(entry('new.thing', 'queue', 'x')).toBe('new: thing')
  })

  it('leads to what was acted on, while that is there', () => {
    expect(auditSubjectPath({ action: 'queue.pause', subject: { kind: 'queue', id: 'delivery-email' } })).toBe('/queues/delivery-email')
    expect(auditSubjectPath({ action: 'recipient.delete', subject: { kind: 'recipient', id: 'u/1' } })).toBeUndefined()
    expect(auditSubjectPath({ action: 'x.y', subject: { kind: 'nothing known', id: '1' } })).toBeUndefined()
  })
})

describe('what was acted on', () => {
  it('is called by its name where the entry knows it', () => {
    expect(auditSubjectName({ details: { name: 'Ada', after: { name: 'x' } } })).toBe('Ada')
    expect(auditSubjectName({ details: { before: { name: 'old' }, after: { role: 'admin' } } })).toBe('old')
    expect(auditSubjectName({ details: { before: null, after: 3 } })).toBeUndefined()
  })
})

describe('what an entry changed', () => {
  it('stands side by side, and says what differs', () => {
    const details = { before: { role: null, name: 'a', tags: ['x', 'y'] }, after: { role: 'admin', name: 'a', tags: [] } }
    expect(auditChanges(details)).toEqual([
      { field: 'role', before: 'none', after: 'admin', changed: true },
      { field: 'name', before: 'a', after: 'a', changed: false },
      { field: 'tags', before: 'x, y', after: 'none', changed: true },
    ])
  })

  it('does not stand out when all of it is new', () => {
    expect(auditChanges({ after: { name: 'a' } })).toEqual([{ field: 'name', before: undefined, after: 'a', changed: false }])
    expect(auditChanges({ before: 3, after: 4 })).toEqual([{ field: 'value', before: '3', after: '4', changed: true }])
    expect(auditChanges({})).toEqual([])
  })

  it('is told beside other facts', () => {
    expect(auditFacts({ before: {}, count: 1204, filter: { a: 1 } })).toEqual([
      { field: 'count', value: '1204' },
      { field: 'filter', value: '{"a":1}' },
    ])
  })
})
