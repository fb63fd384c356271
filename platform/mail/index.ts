// Mail out over SMTP, and the catcher that takes it while there is no server to give it to.
export { startMailCatcher, type CaughtMail, type MailCatcher } from './mail-catcher.ts'
export { createSmtpTransport, type SmtpResult, type SmtpTransport } from './smtp-transport.ts'

/** Carried by mails to the built-in catcher only, so that it can file them by workspace. */
export const workspaceHeader = 'X-Signalbox-Workspace'
