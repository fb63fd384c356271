export { createTargetPolicy, type Target, type TargetConfig, type TargetPolicy } from './target-policy.ts'
