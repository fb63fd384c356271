// Words of the pieces that every page is made of.

export const kitTexts = {
  copy: 'Copy',
  copied: 'copied',
  copiedWord: 'Copied',
  noCopy: 'Select it by hand',
  copiedWhat: (what: string) => `${what} copied`,
  mayNotCopy: 'This browser does not let a page copy',
  copyWhat: (what: string) => `Copy ${what}`,
  copyId: (id: string) => `Copy ${id}`,
  objective: 'objective',
  empty: 'empty',
  remove: (what: string) => `Remove the filter ${what}`,
  any: 'any',
  closePanel: 'Close the panel',
  chartOf: (what: string) => `Chart: ${what}`,
  noSamples: 'No samples yet.',
  ageOf: (age: string, objective: string) => `${age} old, objective ${objective}`,
} as const
