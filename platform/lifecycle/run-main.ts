// How a process begins, whatever it is: what nobody handles is a line of its log, and what keeps it from starting ends it.

/** Runs `main`. A configuration that is wrong is said without a stack; everything that rejects ends the process with 1. */
export function runMain(main: () => Promise<void>): void {
  process.on('unhandledRejection', (reason) => {
    // Nothing is meant to be left unhandled; the process goes on, its rows are safe either way.
    const error = reason instanceof Error ? reason.stack : String(reason)
    process.stderr.write(`${JSON.stringify({ level: 50, time: new Date().toISOString(), msg: 'unhandled rejection', error })}\n`)
  })
  main().catch((error: unknown) => {
    const said = error instanceof Error ? (error.name === 'ConfigError' ? error.message : error.stack) : String(error)
    process.stderr.write(`${said}\n`)
    process.exit(1)
  })
}
