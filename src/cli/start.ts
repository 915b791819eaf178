import { describeConfig } from '../config.ts'
import { type CliCommand, readOptions } from './command.ts'

const help = `Usage: herald start

Starts the server. It is ready when it prints its address, and stops on SIGTERM or Ctrl-C.
It is configured by the environment:

${describeConfig()}
`

/** The command `herald start`: starts the server in this process. */
export const start: CliCommand = {
  help,
  run: async (args) => {
    readOptions(args, {})
    await import('../main.ts')
  },
}
