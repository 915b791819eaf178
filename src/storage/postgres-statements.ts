/** Decides which statements the server keeps prepared. Planning them each time would cost it half of its work. */
export interface StatementNames {
  /** The name under which a statement with so many values is prepared. Undefined: it is not worth it. */
  of(text: string, values: number): string | undefined
  /** Gives every statement another name, so that it is prepared anew. */
  renew(): void
}

/** Statements with more values get no name. Bulk statements come in too many lengths to keep. */
const MAX_VALUES = 30
/**
 * How many statements get a name. Each takes memory on the server, once per connection, until that ends. So further ones get none, rather
 * than take the place of others.
 */
const MAX_STATEMENTS = 300

/** Creates the names for one pool. Its connections share them, and each connection prepares a statement when it first runs it. */
export function createStatementNames(): StatementNames {
  const names = new Map<string, string>()
  let generation = 0
  return {
    of: (text, values) => {
      const known = names.get(text)
      if (known || values === 0 || values > MAX_VALUES || names.size >= MAX_STATEMENTS) return known
      const name = `herald_${generation}_${names.size}`
      names.set(text, name)
      return name
    },
    renew: () => {
      generation += 1
      names.clear()
    },
  }
}

/** Whether an error says that a statement was prepared before another version of Herald changed a table. */
export function isStale(error: unknown): boolean {
  return error instanceof Error && error.message === 'cached plan must not change result type'
}
