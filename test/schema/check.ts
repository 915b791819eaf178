import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { readTypeDefs } from '../../src/graphql/schema.ts'
import { compareSchemas, faultsOf, type Reasons } from './changes.ts'

// Compares the schema with that of the last release; `--release` makes today's schema that of the last release.

const FOLDER = resolve(import.meta.dirname, '../../schema/released')
const SCHEMA = join(FOLDER, 'schema.graphql')
const REASONS = join(FOLDER, 'breaking.json')
const ADVICE = `
Keep what is there and mark it @deprecated, or list the change in schema/released/breaking.json with the reason for
it, and in CHANGELOG.md as Breaking (docs/compatibility.md).`

function check(): void {
  const changes = compareSchemas(readFileSync(SCHEMA, 'utf8'), readTypeDefs().join('\n'))
  const reasons = JSON.parse(readFileSync(REASONS, 'utf8')) as Reasons
  for (const change of changes.dangerous) console.log(`may surprise clients: ${change}`)
  for (const change of changes.breaking.filter((one) => reasons[one])) console.log(`breaking: ${change}`)
  const faults = faultsOf(changes, reasons)
  if (faults.length === 0) return
  console.error([...faults, ADVICE].join('\n'))
  process.exitCode = 1
}

function release(): void {
  const header = '# The schema of the last release. Made by `npm run check:schema -- --release`. Do not edit.\n'
  writeFileSync(SCHEMA, [header, ...readTypeDefs()].join('\n'))
  writeFileSync(REASONS, '{}\n')
}

const { values } = parseArgs({ options: { release: { type: 'boolean' } } })
if (values.release) release()
else check()
