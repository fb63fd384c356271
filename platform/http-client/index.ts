// Calls to addresses that somebody else named. Nothing else in the house dials them.
export { createHttpClient, type HttpClient, type HttpClientOptions, type HttpRequest } from './create-http-client.ts'
export type { HttpError, HttpErrorCode, HttpResponse, HttpResult } from './result.ts'
export type { Resolve } from './resolve-target.ts'
export { createTargetPolicy, type Target, type TargetConfig, type TargetPolicy } from './target-policy.ts'
