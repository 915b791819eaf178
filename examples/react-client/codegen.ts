import type { CodegenConfig } from '@graphql-codegen/cli'

export default {
  schema: 'node_modules/@herald/schema/dist/schema.graphql',
  documents: 'src/*.tsx',
  generates: {
    'src/gql/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: { documentMode: 'string', useTypeImports: true },
    },
  },
} satisfies CodegenConfig
