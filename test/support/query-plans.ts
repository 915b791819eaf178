import { CompiledQuery, createQueryId, type KyselyPlugin, type RootOperationNode } from 'kysely'
import type { Storage, Tx } from '../../src/storage/storage.ts'

/** What a query does to one table. */
export interface Step {
  readonly table: string
  /** The index that it goes by; undefined when it looks at every row. */
  readonly index: string | undefined
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

const explain = async <Row>(tx: Tx, prefix: string, node: RootOperationNode): Promise<readonly Row[]> => {
  const { sql, parameters } = tx.getExecutor().compileQuery(node, createQueryId())
  const { rows } = await tx.executeQuery<Row>(CompiledQuery.raw(`${prefix} ${sql}`, [...parameters]))
  return rows
}

const explainSqlite = async (tx: Tx, node: RootOperationNode): Promise<readonly Step[]> => {
  const rows = await explain<{ detail: string }>(tx, 'EXPLAIN QUERY PLAN', node)
  return rows.flatMap(({ detail }) => {
    const found = /^(?:SCAN|SEARCH) (\w+)(?:.* USING (?:COVERING )?INDEX (\w+))?/.exec(detail)
    return found?.[1] ? [{ table: found[1], index: found[2] }] : []
  })
}

interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly Plans?: readonly PlanNode[]
}

const stepsOf = (node: PlanNode, above?: PlanNode): Step[] => {
  const inner = (node.Plans ?? []).flatMap((plan) => stepsOf(plan, node))
  // A bitmap names the index in one node and the table in the one above it.
  const index = node['Index Name'] ?? inner.find(({ table }) => table === '')?.index
  const table = node['Relation Name']
  if (node['Node Type'] === 'ModifyTable') return inner
  if (table) return [{ table, index }, ...inner.filter((step) => step.table !== '')]
  return node['Index Name'] && above ? [{ table: '', index }] : inner
}

const explainPostgres = async (tx: Tx, node: RootOperationNode): Promise<readonly Step[]> => {
  const rows = await explain<{ 'QUERY PLAN': readonly { Plan: PlanNode }[] }>(tx, 'EXPLAIN (FORMAT JSON)', node)
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
