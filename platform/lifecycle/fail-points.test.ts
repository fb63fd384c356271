import { afterEach, describe, expect, it, vi } from 'vitest'
import { armFailPoints, failPoint, parseFailPoints } from './fail-points.ts'

afterEach(() => vi.restoreAllMocks())

describe('a fail point', () => {
  it('is off outside of tests, whatever is set', () => {
    armFailPoints({ NODE_ENV: 'production', SIGNALBOX_FAULT_POINT: 'after-send' })
    expect(failPoint).toBeUndefined()
    armFailPoints({ NODE_ENV: 'test', SIGNALBOX_FAULT_POINT: undefined })
    expect(failPoint).toBeUndefined()
  })

  it('ends the process at one of so many passages, or for its subject, and nowhere else', () => {
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true)
    vi.spyOn(console, 'error').mockReturnValue()
    vi.spyOn(Math, 'random').mockReturnValueOnce(0.9).mockReturnValueOnce(0.4).mockReturnValueOnce(0.3)
    armFailPoints({ NODE_ENV: 'test', SIGNALBOX_FAULT_POINT: 'after-send@3,after-start:fault.poison' })
    failPoint?.('after-send')
    failPoint?.('after-send')
    failPoint?.('before-commit')
    failPoint?.('after-start', 'fault.bell fault.hook')
    expect(kill).not.toHaveBeenCalled()
    failPoint?.('after-send')
    expect(kill).toHaveBeenCalledExactlyOnceWith(process.pid, 'SIGKILL')
    failPoint?.('after-start', 'fault.bell fault.poison')
    expect(kill).toHaveBeenCalledTimes(2)
  })

  it('that cannot be read is refused', () => {
    expect(() => parseFailPoints('after send')).toThrow('after send is no fail point')
  })
})
