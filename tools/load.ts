// npm run load -- --rate 500 --seconds 30: the load generator (tools/load/).
import { parseLoadArguments, usage } from './load/arguments.ts'
import { measure } from './load/measure.ts'
import { describeLoad } from './load/report.ts'

try {
  const options = parseLoadArguments(process.argv.slice(2), process.env)
  if (options === 'help') console.log(usage)
  else {
    if (!options.json) {
      const how = options.closed === undefined ? `${options.ratePerSecond} events/s` : `${options.closed} clients`
      console.log(`Sending ${how} of ${options.type} to ${options.url} for ${options.seconds} s ...`)
    }
    const report = await measure(options)
    console.log(options.json ? JSON.stringify(report) : describeLoad(report))
    const lost = report.ledger ? report.ledger.events.unaccounted + report.ledger.deliveries.unaccounted : 0
    process.exitCode = lost > 0 || (report.webhooks?.missing ?? 0) > 0 ? 1 : 0
  }
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
