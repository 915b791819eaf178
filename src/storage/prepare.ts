import type { CompiledQuery } from 'kysely'
import type { Wanted } from '../lib/wanted.ts'
import type { Db } from './storage.ts'

/** Stands in a compiled query for a value that each run brings. */
class Placeholder {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

/** Runs a compiled query with these values. Resolves to its rows. */
type Run<Values, Row> = (db: Db, values: Values) => Promise<readonly Row[]>

/**
 * Makes a query that is compiled once for each database, and run with other values each time. Where a query finds few rows, building it
 * takes longer than running it. Everything but the values has to be the same each time, also how many values there are. Example:
 *
 *     const byId = prepare((db, { id }: { id: string }) => db.selectFrom('tickets').selectAll().where('id', '=', id).compile())
 *     const [ticket] = await byId(tx, { id: '42' })
 */
export function prepare<Values extends object, Row>(
  build: (db: Db, values: Values) => CompiledQuery<Row>,
): Run<Values, Row> {
  const known = new WeakMap<object, CompiledQuery<Row>>()
  const placeholders = new Proxy({}, { get: (_, name) => new Placeholder(String(name)) }) as Values

  const compile = (db: Db): CompiledQuery<Row> => {
    const { adapter } = db.getExecutor()
    const found = known.get(adapter)
    if (found) return found
    const compiled = build(db, placeholders)
    known.set(adapter, compiled)
    return compiled
  }

  return async (db, values) => {
    const compiled = compile(db)
    const parameters = compiled.parameters.map((one) =>
      one instanceof Placeholder ? values[one.name as keyof Values] : one,
    )
    const { rows } = await db.executeQuery<Row>({ ...compiled, parameters })
    return rows
  }
}

const EVERYTHING = {}

/**
 * `prepare` for a query whose columns depend on the wanted fields. It keeps one compiled query for each set of wanted fields, as long as
 * that set is used.
 */
export function prepareWanted<Values extends object, Row>(
  build: (db: Db, values: Values, wanted: Wanted) => CompiledQuery<Row>,
): (wanted: Wanted) => Run<Values, Row> {
  const known = new WeakMap<object, Run<Values, Row>>()
  return (wanted) => {
    const key = wanted ?? EVERYTHING
    const found = known.get(key)
    if (found) return found
    const run = prepare<Values, Row>((db, values) => build(db, values, wanted))
    known.set(key, run)
    return run
  }
}
