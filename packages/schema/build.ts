import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSchema, introspectionFromSchema } from 'graphql'

// Makes `dist/` from the files in `schema/`.

const FROM = join(import.meta.dirname, '../../schema')
const TO = join(import.meta.dirname, 'dist')

const typeDefs = readdirSync(FROM)
  .filter((name) => name.endsWith('.graphql'))
  .sort()
  .map((name) => readFileSync(join(FROM, name), 'utf8'))
  .join('\n')
const introspection = introspectionFromSchema(buildSchema(typeDefs))

const MADE = {
  'schema.graphql': typeDefs,
  'introspection.json': `${JSON.stringify({ data: introspection }, null, 1)}\n`,
  'schema.js': `export const typeDefs = ${JSON.stringify(typeDefs)}\n`,
  'schema.d.ts':
    '/** The SDL of Herald, with a description of every type and field. */\nexport declare const typeDefs: string\n',
}

rmSync(TO, { recursive: true, force: true })
mkdirSync(TO)
for (const [name, text] of Object.entries(MADE)) writeFileSync(join(TO, name), text)
copyFileSync(join(FROM, 'commands.schema.json'), join(TO, 'commands.schema.json'))
