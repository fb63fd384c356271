/** A column of a list. `wideOnly`: left out on a narrow page. Figures go right. */
export interface TableColumn {
  key: string
  label: string
  align?: 'left' | 'right'
  width?: string
  mono?: boolean
  wideOnly?: boolean
}
