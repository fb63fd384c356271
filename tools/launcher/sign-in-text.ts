import type { Seeded } from '../../prisma/seed.ts'

/** What a person needs after the ready line. Made-up credentials are shown here and never again. */
export function signInText(options: {
  address: string
  seeded: Seeded
  dataFolder: string
  mailIsCaught: boolean
  passwordGiven: boolean
  keyGiven: boolean
}): string {
  const { address, seeded } = options
  const { operator, apiKey } = seeded
  const password = operator.password
    ? `password ${operator.password}   (shown this once)`
    : operator.isNew || options.passwordGiven
      ? 'with the password from SIGNALBOX_ADMIN_PASSWORD at the first start'
      : 'with the password shown at the first start'
  const key = apiKey
    ? `${apiKey}   (shown this once)`
    : options.keyGiven
      ? 'the one in SIGNALBOX_API_KEY'
      : 'the one shown at the first start, or one you made'
  return [
    '',
    `  Sign in    ${operator.email}, ${password}`,
    `  API key    ${key}`,
    `  API        ${address}/docs`,
    ...(options.mailIsCaught ? [`  Mail       is caught here, nothing leaves this machine: GET ${address}/api/v1/mailbox`] : []),
    `  Files      ${options.dataFolder} (logs in log/)`,
    '  Stop       Ctrl-C',
    '',
  ].join('\n')
}
