export {
  createSmtpTransport,
  type OutgoingMail,
  type SmtpResult,
  type SmtpStage,
  type SmtpTransport,
  type SmtpTransportOptions,
} from './smtp-transport.ts'

/** Carried by mails to the built-in catcher only, so that it can file them by workspace. */
export const workspaceHeader = 'X-Signalbox-Workspace'
export { startMailCatcher, type CaughtMail, type MailCatcher } from './mail-catcher.ts'
