import { loadConfig } from '../config.ts'
import { CONFIG_KEYS } from '../config-keys.ts'
import { createCosts } from '../graphql/cost.ts'
import { createPolicy } from '../graphql/policy.ts'
import { createSchema } from '../graphql/schema.ts'
import { prepareTrusted } from '../graphql/trusted-documents.ts'
import { readTrustedFile, type TrustedFile, TrustedFileError } from '../graphql/trusted-file.ts'
import { type CliCommand, CommandError, readArgument, UsageError } from './command.ts'

const help = `Usage: herald check-documents <file>

Checks a file of trusted documents against the schema of this Herald, as a start with TRUSTED_DOCUMENTS=<file> does: the map of
client-preset (persisted-documents.json) or of Relay, or the manifest of Apollo. Limits of documents are read from the
environment (MAX_DOCUMENT_TOKENS, MAX_DOCUMENT_DEPTH, MAX_DOCUMENT_ALIASES, MAX_OPERATION_COST).

Exit code 1 when a document cannot be executed; each one is named.
`

const APOLLO_HINT = `No document asks for __typename. For Apollo Client, whose cache needs it, add this to the configuration of
client-preset: documentTransforms: [addTypenameSelectionDocumentTransform]
`

function read(file: string): TrustedFile {
  try {
    return readTrustedFile(file)
  } catch (error) {
    if (error instanceof TrustedFileError) throw new CommandError(error.message)
    throw error
  }
}

function countOf(amount: number): string {
  return `${amount} document${amount === 1 ? '' : 's'}`
}

/** The command `herald check-documents`: checks a file of trusted documents, and prints what is wrong with each. */
export const checkDocuments: CliCommand = {
  help,
  run: async (args, env) => {
    const { argument: file } = readArgument(args, {})
    if (file === undefined) throw new UsageError('Say which file to check.')
    const { format, texts } = read(file)
    // Other keys do not matter, and may be those of another machine.
    const limitsOnly = Object.keys(CONFIG_KEYS).filter((key) => key.startsWith('MAX_'))
    const { limits } = loadConfig(Object.fromEntries(limitsOnly.map((key) => [key, env[key]])))
    const schema = createSchema()
    const { mistakes, warnings } = prepareTrusted(texts, {
      policy: createPolicy({ schema, limits, introspection: true }),
      costs: createCosts({ schema, pageSize: limits.pageSize }),
      operationCost: limits.operationCost,
    })
    for (const warning of warnings) process.stdout.write(`warning: ${warning}\n`)
    if (mistakes.length > 0) {
      throw new CommandError(`${file} has documents that cannot be executed:\n  - ${mistakes.join('\n  - ')}`)
    }
    process.stdout.write(`${file} (${format}): ${countOf(texts.length)}, all can be executed.\n`)
    if (format === 'map' && !texts.some(({ text }) => text.includes('__typename'))) process.stdout.write(APOLLO_HINT)
  },
}
