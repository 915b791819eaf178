import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { codegen } from '@graphql-codegen/core'
import * as typescript from '@graphql-codegen/typescript'
import * as typescriptResolvers from '@graphql-codegen/typescript-resolvers'
import { buildSchema, type GraphQLSchema, lexicographicSortSchema, parse, printSchema } from 'graphql'
import { exampleTypes } from './examples/codegen.ts'
import { clientTypes } from './packages/client/codegen.ts'
import { readTypeDefs } from './src/graphql/schema.ts'
import { commandsSchema } from './src/ingress/commands-schema.ts'

// Makes what follows from schema/*.graphql. `--check` changes nothing, and fails where a file is not what would be made.

const HEADER = '// Made by `npm run codegen` from schema/*.graphql. Do not edit.\n'

const CONFIG = {
  contextType: './context.ts#Context',
  enumsAsTypes: true,
  importExtension: '.ts',
  emitLegacyCommonJSImports: false,
  useTypeImports: true,
  strictScalars: true,
  immutableTypes: true,
  avoidOptionals: { field: true, inputValue: false },
  scalars: {
    ID: 'string',
    DateTime: 'number',
    JSON: '../lib/json.ts#JsonObject',
    Cursor: 'string',
  },
  mappers: {
    Actor: '../auth/viewer.ts#Actor as ActorModel',
    Ticket: '../tickets/ticket.ts#Ticket as TicketModel',
    TicketMessage: '../tickets/ticket-message.ts#TicketMessage as TicketMessageModel',
    TicketListUpdate: '../tickets/follow-list.ts#TicketListUpdate as TicketListUpdateModel',
    TicketConnection: '../tickets/list-tickets.ts#TicketPage as TicketPageModel',
    Preferences: '../preferences/category-rows.ts#CategoryPreferences as CategoryPreferencesModel',
    Notification: '../notifications/notification.ts#Notification as NotificationModel',
    UnreadCount: '../notifications/notification.ts#UnreadCount as UnreadCountModel',
    NotificationGroup: '../notifications/notification.ts#NotificationGroup as NotificationGroupModel',
    NotificationAdded: '../notifications/notification.ts#NotificationAdded as NotificationAddedModel',
    NotificationsMarked: '../notifications/notification.ts#NotificationsMarked as NotificationsMarkedModel',
    NotificationUpdated: '../notifications/notification.ts#NotificationUpdated as NotificationUpdatedModel',
    NotificationsRemoved: '../notifications/notification.ts#NotificationsRemoved as NotificationsRemovedModel',
    NotificationsReset: '../notifications/notification.ts#NotificationsReset as NotificationsResetModel',
  },
}

/** Types for resolvers: what they get, and what they must return. */
function resolverTypes(schema: GraphQLSchema): Promise<string> {
  return codegen({
    schemaAst: schema,
    schema: parse(printSchema(schema)),
    documents: [],
    filename: 'src/graphql/generated.ts',
    config: CONFIG,
    plugins: [{ typescript: {} }, { typescriptResolvers: {} }],
    pluginMap: { typescript, typescriptResolvers },
  })
}

const schema = lexicographicSortSchema(buildSchema(readTypeDefs().join('\n')))
const made = {
  'src/graphql/generated.ts': HEADER + (await resolverTypes(schema)),
  'packages/client/src/document-types.ts': HEADER + clientTypes(schema),
  'schema/commands.schema.json': `${JSON.stringify(commandsSchema(schema), null, 2)}\n`,
  ...(await exampleTypes(schema)),
}

const { values } = parseArgs({ options: { check: { type: 'boolean' } } })
for (const [name, text] of Object.entries(made)) {
  const file = join(import.meta.dirname, name)
  if (!values.check) writeFileSync(file, text)
  else if (readFileSync(file, 'utf8') !== text) {
    console.error(`${name} is not what schema/ says: npm run codegen`)
    process.exitCode = 1
  }
}
