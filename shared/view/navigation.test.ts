import { expect, it } from 'vitest'
import { navigation, navigationFor, navigationItemOf } from './navigation.ts'

const items = navigation.flatMap((group) => group.items)

it('gives every page a letter and a path of its own', () => {
  expect(new Set(items.map((item) => item.key)).size).toBe(items.length)
  expect(new Set(items.map((item) => item.path)).size).toBe(items.length)
})

it('finds the page that a path belongs to', () => {
  expect(navigationItemOf('/')?.id).toBe('overview')
  expect(navigationItemOf('/queues/delivery-email/jobs/7')?.id).toBe('queues')
  expect(navigationItemOf('/mapped')).toBeUndefined()
})

it('leaves the mailbox out where mail goes out', () => {
  const shown = (mailCatcher: boolean) => navigationFor({ mailCatcher }).flatMap((group) => group.items.map((item) => item.id))
  expect(shown(true)).toContain('mailbox')
  expect(shown(false)).not.toContain('mailbox')
})
