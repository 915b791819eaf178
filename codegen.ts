import type { CodegenConfig } from '@graphql-codegen/cli'

const config: CodegenConfig = {
  schema: 'schema/*.graphql',
  generates: {
    'src/graphql/generated.ts': {
      plugins: [
        { add: { content: '// Made by `npm run codegen` from schema/*.graphql. Do not edit.' } },
        'typescript',
        'typescript-resolvers',
      ],
      config: {
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
          Ticket: '../tickets/ticket.ts#Ticket as TicketModel',
          NotificationAdded: '../notifications/notification.ts#NotificationAdded as NotificationAddedModel',
          NotificationsMarked: '../notifications/notification.ts#NotificationsMarked as NotificationsMarkedModel',
          NotificationsRemoved: '../notifications/notification.ts#NotificationsRemoved as NotificationsRemovedModel',
          NotificationsReset: '../notifications/notification.ts#NotificationsReset as NotificationsResetModel',
        },
      },
    },
    'schema/commands.schema.json': { plugins: ['./src/ingress/commands-schema.ts'] },
  },
}

export default config
