import { expect, test } from 'vitest'
import { parseLoadArguments, type LoadArguments } from './arguments.ts'

const parse = (...args: string[]): LoadArguments => parseLoadArguments(args, { SIGNALBOX_API_KEY: 'sb_test' }) as LoadArguments

test('without arguments it is 500 events a second for 30 seconds, with the key of the environment', () => {
  expect(parse()).toMatchObject({
    url: 'http://127.0.0.1:3000',
    ratePerSecond: 500,
    seconds: 30,
    closed: undefined,
    batch: undefined,
    apiKey: 'sb_test',
  })
})

test('a closed loop has a connection for each client', () => {
  expect(parse('--closed', '32').connections).toBe(32)
  expect(parse().connections).toBe(128)
})

test('a key is needed, but not for another server', () => {
  expect(() => parseLoadArguments([], {})).toThrow('SIGNALBOX_API_KEY')
  expect(parseLoadArguments(['--path', '/', '--no-ledger'], {})).toMatchObject({ path: '/', ledger: false })
})

test('nonsense is refused with its name', () => {
  expect(() => parse('--rate', '0')).toThrow('--rate')
  expect(() => parse('--closed', '1.5')).toThrow('--closed')
  expect(() => parse('--batch', '1001')).toThrow('--batch')
  expect(() => parse('--wat')).toThrow('--wat')
})
