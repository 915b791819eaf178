import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { preset } from '@graphql-codegen/client-preset'
import { codegen } from '@graphql-codegen/core'
import { type GraphQLSchema, parse, printSchema } from 'graphql'
import ts from 'typescript'

// Makes `src/gql/` of the examples that have operations of their own, as `graphql-codegen` does there with the `codegen.ts` of the example: so
// the types in the repository are those of the schema in it, and no example is installed for that.

const EXAMPLES = import.meta.dirname

/** What is read of the `codegen.ts` of an example. */
interface ExampleConfig {
  readonly documents: string
  readonly generates: Readonly<Record<string, { readonly presetConfig?: object; readonly config?: object }>>
}

/** The texts that a source gives to `graphql()`. */
function textsIn(file: string): readonly string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest)
  const texts: string[] = []
  const visit = (node: ts.Node): void => {
    const isCall = ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'graphql'
    const [text] = isCall ? node.arguments : []
    if (text && ts.isStringLiteralLike(text)) texts.push(text.text)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return texts
}

/** Returns the files of all examples by their paths from the root. Throws what is wrong with a document. */
export async function exampleTypes(schemaAst: GraphQLSchema): Promise<Readonly<Record<string, string>>> {
  const made: Record<string, string> = {}
  const schema = parse(printSchema(schemaAst))
  for (const path of globSync('*/codegen.ts', { cwd: EXAMPLES })) {
    const folder = join(EXAMPLES, dirname(path))
    const { default: example } = (await import(join(EXAMPLES, path))) as { readonly default: ExampleConfig }
    const files = globSync(example.documents, { cwd: folder }).sort()
    const texts = files.flatMap((file) => textsIn(join(folder, file)))
    const documents = texts.map((text) => ({ location: path, rawSDL: text, document: parse(text) }))
    for (const [output, { presetConfig = {}, config = {} }] of Object.entries(example.generates)) {
      const baseOutputDir = join('examples', dirname(path), output)
      const options = { baseOutputDir, presetConfig, config, documents, plugins: [], pluginMap: {} }
      const parts = await preset.buildGeneratesSection({ ...options, schema, schemaAst })
      for (const part of parts) made[part.filename] = await codegen(part)
    }
  }
  return made
}
