import {
  buildSchema,
  findBreakingChanges,
  findDangerousChanges,
  type GraphQLField,
  type GraphQLSchema,
  getDirectiveValues,
} from 'graphql'

/** What differs between two schemas, each as one sentence. */
interface Changes {
  /** A client, or a backend, that was right before can be refused or misled now. */
  readonly breaking: readonly string[]
  /** A client that does not expect the new can be misled, such as by a further value of an enum. */
  readonly dangerous: readonly string[]
}

/** Breaking changes since the last release, each with the reason for it. */
export type Reasons = Readonly<Record<string, string>>

/** The levels of `@auth`; each lets in fewer people than the one before. */
const LEVELS = ['PUBLIC', 'USER', 'STAFF', 'BACKEND']

/** What can be called, by its coordinate, such as `Query.me`. */
function rootFields(schema: GraphQLSchema): ReadonlyMap<string, GraphQLField<unknown, unknown>> {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
  return new Map(
    roots.flatMap((type) =>
      Object.values(type?.getFields() ?? {}).map((field) => [`${type?.name}.${field.name}`, field] as const),
    ),
  )
}

function levelOf(schema: GraphQLSchema, { astNode }: GraphQLField<unknown, unknown>): string {
  const directive = schema.getDirective('auth')
  const values = directive && astNode && getDirectiveValues(directive, astNode)
  return String(values?.['requires'] ?? 'USER')
}

/** Fields that fewer people may use than before. Directives on fields are nothing that graphql-js compares. */
function narrowedAccess(before: GraphQLSchema, after: GraphQLSchema): readonly string[] {
  const fields = rootFields(after)
  return [...rootFields(before)].flatMap(([name, field]) => {
    const now = fields.get(name)
    if (!now) return []
    const [old, level] = [levelOf(before, field), levelOf(after, now)]
    return LEVELS.indexOf(level) > LEVELS.indexOf(old) ? [`${name} requires ${level} instead of ${old}.`] : []
  })
}

/** Compares the SDL of a release with a later one. */
export function compareSchemas(released: string, current: string): Changes {
  const [before, after] = [buildSchema(released), buildSchema(current)]
  const broken = findBreakingChanges(before, after).map(({ description }) => description)
  return {
    breaking: [...broken, ...narrowedAccess(before, after)],
    dangerous: findDangerousChanges(before, after).map(({ description }) => description),
  }
}

/** Breaking changes that nobody gave a reason for, and reasons that are given for nothing. */
export function faultsOf({ breaking }: Changes, reasons: Reasons): readonly string[] {
  return [
    ...breaking.filter((change) => !reasons[change]?.trim()).map((change) => `without a reason: ${change}`),
    ...Object.keys(reasons)
      .filter((change) => !breaking.includes(change))
      .map((change) => `a reason for no change: ${change}`),
  ]
}
