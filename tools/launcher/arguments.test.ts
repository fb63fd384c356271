import { describe, expect, it } from 'vitest'
import { parseLauncherArguments } from './arguments.ts'

describe('the arguments of npm start', () => {
  it('default to one API and one worker process', () => {
    expect(parseLauncherArguments([])).toEqual({
      ...{ demo: false, dev: false, full: false, rate: undefined, workers: 1, apis: 1, port: undefined, data: undefined },
      allowLoopbackPorts: [],
    })
  })

  it('take counts, ports and repeated loopback ports', () => {
    const args = [
      '--demo',
      '--full',
      '--rate',
      '2.5',
      '--workers=2',
      '--api',
      '3',
      '--allow-loopback',
      '4000',
      '--allow-loopback',
      '4001',
      '--port',
      '0',
    ]
    expect(parseLauncherArguments(args)).toMatchObject({
      demo: true,
      full: true,
      rate: '2.5',
      workers: 2,
      apis: 3,
      allowLoopbackPorts: [4000, 4001],
      port: 0,
    })
  })

  it.each([
    [['--workers', '0'], /--workers must be a whole number from 1/],
    [['--api', 'two'], /--api must be a whole number/],
    [['--port', '70000'], /--port must be a whole number from 0 to 65535/],
    [['--rate', '-1'], /--rate|'-1'/],
    [['--wrokers', '2'], /Unknown option '--wrokers'[\s\S]*Usage: npm start/],
  ])('refuse %j with what is wrong', (args, message) => {
    expect(() => parseLauncherArguments(args)).toThrow(message)
  })
})
