import { describe, expect, test } from 'vitest'
import { ConfigError, parseConfig } from './index.ts'

describe('parseConfig', () => {
  test('has a default for everything that has one', () => {
    expect(parseConfig({})).toMatchObject({
      PORT: 3000,
      HOST: '127.0.0.1',
      SIGNALBOX_DATA: '.data',
      LOG_LEVEL: 'info',
      SIGNALBOX_ALLOW_PRIVATE_TARGETS: [],
    })
  })

  test('counts an empty variable as not set', () => {
    expect(parseConfig({ PORT: '', DATABASE_URL: '' })).toMatchObject({ PORT: 3000 })
    expect(parseConfig({ DATABASE_URL: '' }).DATABASE_URL).toBeUndefined()
  })

  test('reads lists and numbers', () => {
    const config = parseConfig({
      PORT: '8080',
      SIGNALBOX_RETRY_SCHEDULE: '0.2, 1,5',
      SIGNALBOX_ALLOW_PRIVATE_TARGETS: '10.0.0.0/8,192.168.0.0/16',
      SIGNALBOX_MAIL_CATCHER: '1',
    })
    expect(config).toMatchObject({
      PORT: 8080,
      SIGNALBOX_RETRY_SCHEDULE: [0.2, 1, 5],
      SIGNALBOX_ALLOW_PRIVATE_TARGETS: ['10.0.0.0/8', '192.168.0.0/16'],
      SIGNALBOX_MAIL_CATCHER: true,
    })
  })

  test('lists every problem at once, each with its variable', () => {
    const broken = {
      PORT: '70000',
      DATABASE_URL: 'mysql://x',
      REDIS_URL: 'http://x',
      SIGNALBOX_SECRET: 'short',
      SIGNALBOX_API_KEY: 'nope',
      SIGNALBOX_RETRY_SCHEDULE: '1,soon',
    }
    let message = ''
    try {
      parseConfig(broken)
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError)
      message = (error as Error).message
    }
    for (const name of Object.keys(broken)) expect(message).toMatch(new RegExp(`^ {2}- ${name}\\b.*: `, 'm'))
    expect(message.split('\n')).toHaveLength(1 + Object.keys(broken).length)
  })
})
