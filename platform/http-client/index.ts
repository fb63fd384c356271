// Calls to addresses that somebody else named. Nothing else in the house dials them.
export { createHttpClient, type HttpClient, type HttpClientOptions } from './create-http-client.ts'
export type { Dial, HttpError, HttpErrorCode, HttpResult } from './result.ts'
export { createTargetPolicy, type TargetConfig } from './target-policy.ts'
