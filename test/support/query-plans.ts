import { CompiledQuery, createQueryId, type KyselyPlugin, type RootOperationNode } from 'kysely'
import type { Storage, Tx } from '../../src/storage/storage.ts'

/** What a query does to one table. */
export interface Step {
  readonly table: string
  /** The index that it goes by; undefined when it looks at every row. */
  readonly index: string | undefined
  /** How many rows it looked at. Only Postgres tells, and only of reading. */
  readonly rows?: number
}

/** Notes every query, so that they can be explained. */
export const noting = (storage: Storage): { readonly storage: Storage; take(): readonly RootOperationNode[] } => {
  let noted: RootOperationNode[] = []
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => {
      noted.push(node)
      return node
    },
    transformResult: async ({ result }) => result,
  }
  return {
    storage: {
      ...storage,
      read: (work) => storage.read((tx) => work(tx.withPlugin(plugin))),
      write: (work, lane) => storage.write((tx) => work(tx.withPlugin(plugin)), lane),
      note: (work) => storage.note((tx) => work(tx.withPlugin(plugin))),
    },
    take: () => {
      const taken = noted
      noted = []
      return taken
    },
  }
}

const isWrite = (sql: string): boolean => /\b(insert into|update|delete from)\b/i.test(sql)

const explain = async <Row>(
  tx: Tx,
  prefix: (sql: string) => string,
  node: RootOperationNode,
): Promise<readonly Row[]> => {
  const { sql, parameters } = tx.getExecutor().compileQuery(node, createQueryId())
  const { rows } = await tx.executeQuery<Row>(CompiledQuery.raw(`${prefix(sql)} ${sql}`, [...parameters]))
  return rows
}

const explainSqlite = async (tx: Tx, node: RootOperationNode): Promise<readonly Step[]> => {
  const rows = await explain<{ detail: string }>(tx, () => 'EXPLAIN QUERY PLAN', node)
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
const rowsOf = (node: PlanNode): number =>
  ((node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0)) * (node['Actual Loops'] ?? 1)

const stepsOf = (node: PlanNode, above?: PlanNode): Step[] => {
  const inner = (node.Plans ?? []).flatMap((plan) => stepsOf(plan, node))
  // A bitmap names the index in one node and the table in the one above it.
  const index = node['Index Name'] ?? inner.find(({ table }) => table === '')?.index
  const table = node['Relation Name']
  if (node['Node Type'] === 'ModifyTable') return inner
  if (table) return [{ table, index, rows: rowsOf(node) }, ...inner.filter((step) => step.table !== '')]
  return node['Index Name'] && above ? [{ table: '', index }] : inner
}

const explainPostgres = async (tx: Tx, node: RootOperationNode): Promise<readonly Step[]> => {
  const prefix = (sql: string): string => `EXPLAIN (FORMAT JSON${isWrite(sql) ? '' : ', ANALYZE, TIMING OFF'})`
  const rows = await explain<{ 'QUERY PLAN': readonly { Plan: PlanNode }[] }>(tx, prefix, node)
  return rows.flatMap((row) => row['QUERY PLAN'].flatMap(({ Plan }) => stepsOf(Plan)))
}

/** How the database would carry out the queries. */
export const explainAll = (
  storage: Storage,
  database: 'sqlite' | 'postgres',
  nodes: readonly RootOperationNode[],
): Promise<readonly Step[]> =>
  storage.read(async (tx) => {
    const steps: Step[] = []
    for (const node of nodes) {
      steps.push(...(await (database === 'postgres' ? explainPostgres : explainSqlite)(tx, node)))
    }
    return steps
  })
