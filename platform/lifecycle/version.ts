import manifest from '../../package.json' with { type: 'json' }

/** Of this installation: the API, the document and every process row say the same. */
export const version: string = manifest.version
