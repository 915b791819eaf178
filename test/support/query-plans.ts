import { CompiledQuery, type KyselyPlugin } from 'kysely'
import type { Db, Storage, Tx } from '../../src/storage/storage.ts'

/** What a query does to one table. */
export interface Step {
  readonly table: string
  /** The index that it goes by; undefined when it looks at every row. */
  readonly index: string | undefined
  /** How many rows it looked at. Only Postgres tells, and only of reading. */
  readonly rows?: number
}

/** Changes nothing. */
const NOTHING: KyselyPlugin = { transformQuery: ({ node }) => node, transformResult: async ({ result }) => result }

/** Notes every query as it is run, so that they can be explained. */
export function noting(storage: Storage): { readonly storage: Storage; take(): readonly CompiledQuery[] } {
  let noted: CompiledQuery[] = []
  const listening = <On extends Db>(db: On): On => {
    // With an executor of its own, which runs all that is built from it.
    const own = db.withPlugin(NOTHING) as On
    const executor = own.getExecutor()
    const run = executor.executeQuery.bind(executor)
    executor.executeQuery = (query, ...others) => {
      noted.push(query)
      return run(query, ...others)
    }
    return own
  }
  return {
    storage: {
      ...storage,
      read: (work) => storage.read((tx) => work(listening(tx))),
      readOne: (work) => storage.readOne((db) => work(listening(db))),
      readForWrite: (work) => storage.readForWrite((tx) => work(listening(tx))),
      write: (work, stream) => storage.write((tx) => work(listening(tx)), stream),
      note: (work) => storage.note((tx) => work(listening(tx))),
    },
    take: () => {
      const taken = noted
      noted = []
      return taken
    },
  }
}

function isWrite(sql: string): boolean {
  return /\b(insert into|update|delete from)\b/i.test(sql)
}

async function explain<Row>(
  tx: Tx,
  prefix: (sql: string) => string,
  { sql, parameters }: CompiledQuery,
): Promise<readonly Row[]> {
  const { rows } = await tx.executeQuery<Row>(CompiledQuery.raw(`${prefix(sql)} ${sql}`, [...parameters]))
  return rows
}

async function explainSqlite(tx: Tx, query: CompiledQuery): Promise<readonly Step[]> {
  const rows = await explain<{ detail: string }>(tx, () => 'EXPLAIN QUERY PLAN', query)
  return rows.flatMap(({ detail }) => {
    const found = /^(?:SCAN|SEARCH) (\w+)(?:.* USING (?:COVERING )?INDEX (\w+))?/.exec(detail)
    return found?.[1] ? [{ table: found[1], index: found[2] }] : []
  })
}

interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Actual Rows'?: number
  readonly 'Actual Loops'?: number
  readonly 'Rows Removed by Filter'?: number
  readonly Plans?: readonly PlanNode[]
}

/** What a step looked at, over all its repetitions. */
function rowsOf(node: PlanNode): number {
  return ((node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0)) * (node['Actual Loops'] ?? 1)
}

function stepsOf(node: PlanNode, above?: PlanNode): Step[] {
  const inner = (node.Plans ?? []).flatMap((plan) => stepsOf(plan, node))
  // A bitmap names the index in one node and the table in the one above it.
  const index = node['Index Name'] ?? inner.find(({ table }) => table === '')?.index
  const table = node['Relation Name']
  if (node['Node Type'] === 'ModifyTable') return inner
  if (table) return [{ table, index, rows: rowsOf(node) }, ...inner.filter((step) => step.table !== '')]
  return node['Index Name'] && above ? [{ table: '', index }] : inner
}

async function explainPostgres(tx: Tx, query: CompiledQuery): Promise<readonly Step[]> {
  const prefix = (sql: string): string => `EXPLAIN (FORMAT JSON${isWrite(sql) ? '' : ', ANALYZE, TIMING OFF'})`
  const rows = await explain<{ 'QUERY PLAN': readonly { Plan: PlanNode }[] }>(tx, prefix, query)
  return rows.flatMap((row) => row['QUERY PLAN'].flatMap(({ Plan }) => stepsOf(Plan)))
}

/** How the database would carry out the queries. */
export function explainAll(
  storage: Storage,
  database: 'sqlite' | 'postgres',
  queries: readonly CompiledQuery[],
): Promise<readonly Step[]> {
  return storage.read(async (tx) => {
    const steps: Step[] = []
    for (const query of queries) {
      steps.push(...(await (database === 'postgres' ? explainPostgres : explainSqlite)(tx, query)))
    }
    return steps
  })
}
