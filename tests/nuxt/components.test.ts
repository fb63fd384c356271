// Components inside a real Nuxt app: auto-imports, #shared and scoped styles resolved as in the build.
import { mountSuspended } from '@nuxt/test-utils/runtime'
import { afterEach, describe, expect, test, vi } from 'vitest'
import CopyButton from '~/components/shell/CopyButton.vue'
import DataTable from '~/components/kit/DataTable.vue'
import LedgerEquation from '~/components/ledger/LedgerEquation.vue'

afterEach(() => vi.restoreAllMocks())

describe('LedgerEquation', () => {
  const equation = (unaccounted: number) => ({
    unit: 'Events',
    total: { label: 'accepted', count: 1204 },
    parts: [
      { label: 'completed', count: 1200 },
      { label: 'pending', count: 0 },
    ],
    unaccounted,
  })

  test('says the sum as terms and figures', async () => {
    const wrapper = await mountSuspended(LedgerEquation, { props: { equation: equation(0) } })
    expect(wrapper.findAll('dt').map((term) => term.text())).toEqual(['accepted', 'completed', 'pending', 'unaccounted'])
    expect(wrapper.findAll('dd')[0]?.text()).toMatch(/^1.204/)
    expect(wrapper.find('.lost').exists()).toBe(false)
  })

  test('marks what is unaccounted as lost', async () => {
    const wrapper = await mountSuspended(LedgerEquation, { props: { equation: equation(4) } })
    expect(wrapper.find('.lost').text()).toContain('unaccounted')
    expect(wrapper.find('.lost dd').text()).toBe('4')
  })
})

describe('DataTable', () => {
  test('shows a field where no cell is given, and nothing where the given cell is empty', async () => {
    const wrapper = await mountSuspended(DataTable<{ id: string; name: string; subject: { id: string } }>, {
      props: {
        label: 'Entries',
        columns: ['name', 'subject'].map((key) => ({ key, label: key })),
        rows: [{ id: '1', name: 'Ada', subject: { id: 'x' } }],
        rowKey: (row) => row.id,
      },
      slots: { 'cell-subject': () => [null] },
    })
    expect(wrapper.findAll('tbody td').map((cell) => cell.text())).toEqual(['Ada', ''])
  })
})

describe('CopyButton', () => {
  test('copies its text and says so', async () => {
    const writeText = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue()
    const wrapper = await mountSuspended(CopyButton, { props: { text: 'curl ...', what: 'the command' } })
    expect(wrapper.text()).toContain('Copy')
    await wrapper.find('button').trigger('click')
    expect(writeText).toHaveBeenCalledWith('curl ...')
    await vi.waitFor(() => expect(wrapper.find('[role=status]').text()).toBe('the command copied'))
  })
})
