// axe-core against WCAG 2.2 AA, in both themes.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { eventually } from '../../support/eventually.ts'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

interface Violation {
  id: string
  help: string
  nodes: { target: unknown[]; failureSummary?: string }[]
}

/** Every violation as a readable line; [] = clean. */
async function axeViolations(page: Page, within?: string): Promise<string[]> {
  await page.evaluate(source)
  const found = await page.evaluate(
    async ({ tags, within }) => {
      const axe = (globalThis as unknown as { axe: { run(where: unknown, options: unknown): Promise<{ violations: Violation[] }> } }).axe
      return (await axe.run(within ?? document, { runOnly: tags, resultTypes: ['violations'] })).violations
    },
    { tags, within },
  )
  return found.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.target.join(' ')} (${(node.failureSummary ?? '').split('\n').slice(1).join('; ').trim()})`),
  )
}

/** No violation in light nor in dark. */
export async function expectAccessible(page: Page, within?: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    // What comes or changes while axe looks is half there: a page is judged by how it rests.
    await eventually(
      async () => {
        expect(await axeViolations(page, within), colorScheme).toEqual([])
        return true
      },
      { timeoutMs: 20_000, intervalMs: 500 },
    )
  }
}
