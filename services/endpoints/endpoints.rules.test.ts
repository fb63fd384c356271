import { describe, expect, it } from 'vitest'
import { matchesEventType } from './endpoints.rules.ts'

describe('matchesEventType', () => {
  it('takes an exact type and nothing around it', () => {
    expect(matchesEventType(['pull_request.opened'], 'pull_request.opened')).toBe(true)
    expect(matchesEventType(['pull_request.opened'], 'pull_request.opened.late')).toBe(false)
    expect(matchesEventType(['pull_request'], 'pull_request.opened')).toBe(false)
  })

  it('takes what lies under a prefix, not the prefix itself nor its neighbours', () => {
    expect(matchesEventType(['pull_request.*'], 'pull_request.opened')).toBe(true)
    expect(matchesEventType(['pull_request.*'], 'pull_request.review.submitted')).toBe(true)
    expect(matchesEventType(['pull_request.*'], 'pull_request')).toBe(false)
    expect(matchesEventType(['pull_request.*'], 'pull_request_review.submitted')).toBe(false)
  })

  it('takes everything for *', () => {
    expect(matchesEventType(['*'], 'anything')).toBe(true)
  })

  it('needs one of several', () => {
    expect(matchesEventType(['a', 'b.*'], 'b.c')).toBe(true)
    expect(matchesEventType(['a', 'b.*'], 'c')).toBe(false)
    expect(matchesEventType([], 'c')).toBe(false)
  })
})
