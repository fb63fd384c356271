// What is wrong with a value, said to who sent it. Zod's own sentences name JavaScript's types and the operators of its checks.
import { z } from 'zod'

const kinds: Record<string, string> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
  null: 'null',
  date: 'a time',
}

const formats: Record<string, string> = {
  email: 'an e-mail address',
  url: 'a URL',
  uuid: 'a UUID',
  datetime: 'a time like 2026-11-20T08:00:00Z',
  date: 'a date like 2026-11-20',
}

/** Choices that are named; of more than these the first. */
const mostChoices = 20

type Limit = Extract<z.core.$ZodRawIssue, { code: 'too_small' | 'too_big' }>

/** As Zod asks for it; undefined = its own sentence stands. A schema's own message goes before these. */
export function issueMessage(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is missing'
      return kinds[issue.expected] && `must be ${kinds[issue.expected]}`
    case 'too_small':
      return issue.minimum === 1 && issue.origin === 'string'
        ? 'must not be empty'
        : limitMessage(issue, Number(issue.minimum), 'at least', 'more than')
    case 'too_big':
      return limitMessage(issue, Number(issue.maximum), 'at most', 'less than')
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`
    case 'invalid_format':
      return formats[issue.format]
        ? `must be ${formats[issue.format]}`
        : issue.format === 'regex'
          ? `must match ${issue.pattern}`
          : undefined
    case 'invalid_value': {
      const choices = issue.values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
      if (choices.length === 1) return `must be ${choices[0]}`
      return `must be one of ${choices.slice(0, mostChoices).join(', ')}${choices.length > mostChoices ? ', ...' : ''}`
    }
    case 'invalid_union':
      return 'is none of what can stand here'
    default:
      return undefined
  }
}

function limitMessage(issue: Limit, limit: number, bound: string, beyond: string): string {
  const amount = issue.inclusive === false ? `${beyond} ${limit}` : issue.exact ? `${limit}` : `${bound} ${limit}`
  switch (issue.origin) {
    case 'string':
      return `must have ${amount} ${limit === 1 ? 'character' : 'characters'}`
    case 'array':
    case 'set':
    case 'map':
      return `must have ${amount} ${limit === 1 ? 'entry' : 'entries'}`
    case 'object':
      return `must have ${amount} ${limit === 1 ? 'field' : 'fields'}`
    default:
      return `must be ${amount}`
  }
}

/** For every parse of this process from here on. Called, not done by an import: a bundler drops a module that is only imported. */
export function sayIssuesInWords(): void {
  z.config({ customError: issueMessage })
}
