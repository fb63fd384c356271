import type { ApiProblem } from './api-problem.ts'

/** A column of a list. `wideOnly`: left out on a narrow page. Figures go right. */
export interface TableColumn {
  key: string
  label: string
  align?: 'left' | 'right'
  width?: string
  mono?: boolean
  wideOnly?: boolean
}

/** A list that is read page by page, as a DataTable shows it. */
export interface ListTable<Row> {
  rows: readonly Row[]
  problem: ApiProblem | null
  /** Something is being read. */
  busy: boolean
  /** Nothing was read yet. */
  loading: boolean
  /** There is another page. */
  more: boolean
  onMore: () => void
  onRetry: () => void
}
